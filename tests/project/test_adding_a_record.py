"""A kind of record is added to a copy of this project the way `docs/adding-a-record.md` says, and everything holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
EXAMPLE = ROOT / "docs" / "adding-a-record"
FILES = [path for path in sorted(EXAMPLE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
# What the guardians say of the new kind alone, and what they say of all.
OF_THE_KIND = ["tests/project/test_guardians_retention.py", "tests/project/test_guardians_urls.py"]
OF_ALL = ["tests/visits/test_callbacks.py", "tests/project/test_guardians_words.py", "tests/privacy/test_audit.py"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project with the example added: whole files are new, the others are appended to."""
    target: Path = tmp_path_factory.mktemp("adding") / "project"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for path in FILES:
        place = target / path.relative_to(EXAMPLE)
        before = place.read_text(encoding="utf-8") + "\n\n" if place.exists() else ""
        place.write_text(before + path.read_text(encoding="utf-8"), encoding="utf-8")
    return target


def run(copy: Path, *command: str) -> str:
    """Run a command of the copy beside the servers of these tests, with a database of its own."""
    environment = os.environ | {"DATABASE_URL": f"{os.environ['DATABASE_URL']}_adding"}
    ran = subprocess.run([sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout[-6000:]}\n{ran.stderr[-3000:]}"
    return ran.stdout


def test_adding_a_record_touches_few_files_and_takes_few_lines():
    lines = sum(bool(line.strip()) for path in FILES for line in path.read_text(encoding="utf-8").splitlines())

    assert len(FILES) + 1 <= 14  # the catalogue of Welsh is one more
    assert lines <= 200


def test_page_in_the_docs_names_every_file_of_the_example():
    page = (ROOT / "docs" / "adding-a-record.md").read_text(encoding="utf-8")

    for path in FILES:
        name = str(path.relative_to(EXAMPLE)).replace("visits/", "<app>/").replace("callbacks", "<nouns>")
        place = "templates/<app>/" if name.startswith("templates/") else name
        assert f"`{place}`" in page, place


@pytest.mark.slow("makes a project of its own, and its database")
def test_record_added_as_the_page_says_passes_checks_and_guardians(copy):
    environment = "manage.py"
    run(copy, environment, "makemigrations", "visits", "--name", "callback")
    run(copy, environment, "makemigrations", "--check", "--dry-run")
    run(copy, environment, "check", "--fail-level", "WARNING")
    run(copy, environment, "data_register")

    made = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *OF_ALL)
    guarded = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "allback", *OF_THE_KIND)

    assert " passed" in made
    assert int(guarded.rpartition(" passed")[0].split()[-1]) >= 15

    migration = (copy / "visits" / "migrations" / "0002_callback.py").read_text(encoding="utf-8")
    assert "FixedSealId(name='callback_seal_id')" in migration
