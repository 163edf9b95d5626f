# Two commands matter: `make run` starts the whole system on this machine, `make test` proves it.
# `PORT=9000 DATA_DIR=/srv/demo make run` · `make test ARGS="tests/visits -k drafts"` · `BENCH_SIZE=small make bench`

PYTHON ?= python3
B := .venv/bin
# The virtual environment is remade when the lock file, Python or the place of this directory changes.
MADE := .venv/.lock-$(shell { cat requirements-dev.txt; $(PYTHON) --version; pwd; } | sha256sum | cut -c1-16)

.DEFAULT_GOAL := run
.PHONY: run test check proof linters linters-beside-servers browser forensics restore-drill mutants bench lock format messages vendor audit

run: $(MADE)  ## embedded servers, web, worker and beat, until Ctrl-C
	@exec setpriv --pdeathsig=TERM $(B)/python -m tools.run

test: $(MADE) browser  ## linters, types, contracts and all tests, on two workers with servers of their own
	@$(BESIDE) $(PYTEST) $(if $(ARGS),$(ARGS),$(COVERAGE))

check: $(MADE)  ## the same without browsers and killed processes, in a few minutes: for the inner loop
	@$(BESIDE) $(PYTEST) -m "not browser and not kills" $(ARGS)

# What `make test` thins out is whole here.
proof: $(MADE) browser  ## everything, whole: all tests, every kill, storms of a hundred, and the drill of a restore
	@for part in $(PROOFS); do echo "== proof: $$part"; $(MAKE) --no-print-directory $$part PROOF=1 || exit 1; done
	@echo "Proved: $(PROOFS)"
PROOFS = test restore-drill mutants html

BESIDE = exec $(B)/python -m tools.beside "$(MAKE) --no-print-directory linters" --
PYTEST = $(B)/python -m pytest -n $(WORKERS)
COVERAGE = --cov --cov-report=term
WORKERS ?= 2

linters: $(MADE)  ## linters, types and contracts alone
	@exec $(B)/python -m tools.embedded --temporary -- $(MAKE) --no-print-directory linters-beside-servers

# Not for itself: it needs the addresses of servers. Stops at the first step that fails, and names it.
step = @echo "== $(1)"; $(2) || { echo "Stopped: $(1) failed." >&2; exit 1; }
linters-beside-servers:
	$(call step,ruff check,$(B)/ruff check .)
	$(call step,ruff format,$(B)/ruff format --check .)
	$(call step,import contracts,$(B)/lint-imports)
	$(call step,mypy,$(B)/mypy)
	$(call step,check --deploy,$(AS_PRODUCTION) $(B)/python manage.py check --deploy --fail-level WARNING)
	$(call step,migrations complete,$(B)/python manage.py makemigrations --check --dry-run)
	$(call step,data register,$(B)/python manage.py data_register --check)
AS_PRODUCTION = env -u DEMO -u DEBUG -u HTTPS -u PLAIN_STATIC ALLOWED_HOSTS=desk.example.org

# The browser tests drive Debian's Chromium. Installed when it is missing and that is allowed here.
browser:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi; \
	  command -v apt-get >/dev/null && $$as_root true 2>/dev/null && \
	  echo "== installing chromium" && export DEBIAN_FRONTEND=noninteractive && \
	  $$as_root apt-get update && $$as_root apt-get install -y --no-install-recommends chromium fonts-liberation; \
	} || echo "The browser tests need chromium: apt-get install chromium fonts-liberation" >&2

forensics: $(MADE)  ## the proof that gone means gone: byte search of every store, kills at every step
	@$(MAKE) --no-print-directory test PROOF=1 ARGS="tests/retention/test_forensics.py tests/retention/test_purges_killed.py tests/retention/test_canaries*.py -v"

restore-drill: $(MADE)  ## back up, purge, restore, prove that records are back, replay, prove that they are gone
	@exec setpriv --pdeathsig=TERM $(B)/python -m tools.restore_drill

bench: $(MADE)  ## figures beside their anchors; the data set stays in DATA_DIR
	@exec setpriv --pdeathsig=TERM $(B)/python -m tools.bench

mutants: $(MADE)  ## each known mutation of a rule must be noticed by its tests (ARGS: a part)
	@exec setpriv --pdeathsig=TERM $(B)/python -m tools.mutants $(ARGS)

lock: $(MADE)  ## write both lock files from pyproject.toml
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) -c requirements.txt --group dev pyproject.toml -o requirements-dev.txt
COMPILE = $(B)/uv pip compile --universal --no-strip-extras --generate-hashes --no-emit-index-url --python-version 3.11 -q --custom-compile-command 'make lock'

format: $(MADE)
	$(B)/ruff check --fix .
	$(B)/ruff format .

messages: $(MADE)  ## collect the words to translate and compile the Welsh catalogue
	@command -v msgfmt >/dev/null || { echo "gettext is missing. On Debian: apt-get install gettext" >&2; exit 1; }
	$(B)/python -m tools.embedded --temporary -- $(B)/python manage.py makemessages --locale cy --no-wrap --no-location --no-obsolete --ignore .venv --ignore var --ignore tests --ignore docs
	$(B)/python -m tools.embedded --temporary -- $(B)/python manage.py compilemessages --locale cy --ignore .venv

vendor: $(MADE)  ## fetch the front-end files again from their pinned packages
	$(B)/python -m tools.vendor

.PHONY: html
html: $(MADE)  ## every page, as each role and in both languages, through the Nu HTML checker
	@exec setpriv --pdeathsig=TERM $(B)/python -m tools.check_html

# Needs a network and pip-audit, which is not among our dependencies: `pipx install pip-audit`.
audit:  ## look the locked versions up in the public vulnerability databases
	@command -v pip-audit >/dev/null || { echo "pip-audit is missing: pipx install pip-audit" >&2; exit 1; }
	pip-audit --disable-pip --require-hashes -r requirements.txt -r requirements-dev.txt

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is older or missing." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python cannot make virtual environments yet. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "== making .venv from requirements-dev.txt"
	@$(PYTHON) -m venv --clear .venv
	@$(B)/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
