"""Guardian: only `actions.py` writes. No model, form, view, task, command or signal of ours does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from privacy.policy import our_models

CODE = [settings.BASE_DIR / app for app in [*settings.OUR_APPS, "contactwrexham"]]
# Methods by which Django writes; each has an asynchronous sister with an `a` before it.
WRITERS = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "save_base"}
WRITERS |= {f"a{name}" for name in WRITERS}
STATEMENTS = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE|MERGE\s+INTO|COPY\s+\S+\s+FROM)\b")
# Receivers whose methods bear such names and write no record.
NOT_RECORDS = {"cache"}
# Files that write although they are no actions, and why.
ALLOWED = {
    "demo/load.py": "invented people in bulk, where nobody else is",
}


def writes(source: str) -> Iterator[str]:
    """The places in a module that write to the database."""
    tree = ast.parse(source)
    words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_write(node, node.func):
            yield f"{node.lineno}: {ast.unparse(node.func)}()"
        elif id(node) not in words and (statement := statement_in(node)):
            yield f"{node.lineno}: {statement}"


def statement_in(node: ast.AST) -> str | None:
    """The SQL by which a string writes; None where it is no string, or writes nothing."""
    found = STATEMENTS.search(text_of(node).upper())
    return found[0] if found else None


def text_of(node: ast.AST) -> str:
    """A string as it is written, with `_` where something is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "_" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_write(call: ast.Call, method: ast.Attribute) -> bool:
    if isinstance(method.value, ast.Name) and method.value.id in NOT_RECORDS:
        return False
    if ast.unparse(method.value) == "super()":  # says what writing is, and writes nothing
        return False
    if method.attr in {"update", "aupdate"}:  # of a queryset it takes keywords, of a dictionary or set a value
        return bool(call.keywords) or not call.args
    return method.attr in WRITERS


def modules() -> Iterator[Path]:
    for folder in CODE:
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(settings.BASE_DIR).parts
            if "migrations" not in parts and "actions" not in parts and path.name != "actions.py":
                yield path


MODULES = list(modules())


def name_of(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_writes_nothing(path):
    found = list(writes(path.read_text(encoding="utf-8")))

    assert bool(found) == (name_of(path) in ALLOWED), found


@pytest.mark.parametrize(
    "module",
    [
        *("visits/views", "visits/forms", "visits/models", "privacy/tasks", "staff/adapter", "contactwrexham/health"),
        "demo/management/commands/demo_accounts",
    ],
)
def test_every_kind_of_module_is_read(module):
    assert any(name.startswith((f"{module}.", f"{module}/")) for name in map(name_of, MODULES))


def test_actions_and_migrations_are_not_read():
    names = {name_of(path) for path in MODULES}

    assert ALLOWED.keys() <= names
    assert not [name for name in names if "migrations" in name or name.endswith("actions.py")]


@pytest.mark.parametrize("app", sorted({model._meta.app_label for model in our_models()}))
def test_actions_of_each_app_are_where_writing_is_done(app):
    found = [settings.BASE_DIR / app / "actions.py", *(settings.BASE_DIR / app / "actions").glob("*.py")]
    assert any(list(writes(path.read_text(encoding="utf-8"))) for path in found if path.exists())


@pytest.mark.parametrize(
    "line",
    [
        "record.save()",
        "record.save(update_fields=['x'])",
        "form.save(commit=False)",
        "Customer.objects.create(name='x')",
        "Customer.objects.filter(pk=1).delete()",
        "Customer.objects.filter(pk=1).update(name='x')",
        "Customer.objects.update(**fields)",
        "queryset.update()",
        "Customer.objects.bulk_create(rows)",
        "Customer.objects.bulk_update(rows, ['x'])",
        "Customer.objects.get_or_create(pk=1)",
        "customer.enquiries.update_or_create(pk=1)",
        "async def f(): await record.asave()",
        "getattr(record, 'x').all().delete()",
        "cursor.execute('DELETE FROM visits_customer')",
        "cursor.execute(f'UPDATE {table} SET name = %s', [1])",
        "cursor.execute('with x as (insert into y values (1)) select 1')",
        "STATEMENT = 'TRUNCATE privacy_searchentry'",
    ],
)
def test_guardian_finds(line):
    assert list(writes(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        "context.update({'a': 1})",
        "seen.update(others)",
        "cache.delete('key')",
        "cursor.execute('SELECT updated_at FROM drafts_draft')",
        "text = 'To update settings, ask.'",
        "'''DELETE FROM is what this docstring speaks of.'''",
        "actions.save_draft(x)",
        "Customer.objects.filter(pk=1).first()",
    ],
)
def test_guardian_leaves_alone(line):
    assert list(writes(line)) == []
