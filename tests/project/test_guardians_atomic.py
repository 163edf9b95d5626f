"""Guardian: whatever an action writes or locks, it does in a transaction of its own, or in that of who calls it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.project.test_guardians_writes import is_write, statement_in

# Functions that write outside a transaction of their own, and why.
DECIDED = {
    "drafts/actions.py: sent_once": "the function that it gives is atomic",
    "privacy/actions.py: rebuild_search": "a transaction for each batch; the marker that search is whole comes last",
    "retention/actions/canaries.py: search_canary": "goes on where it was killed: each step saves its own progress",
    "retention/actions/files.py: note_files": "in the transaction that deletes the records, which is its caller's",
    "retention/actions/purges.py: purge": "goes on where it was killed: each step is a transaction of its own",
}


def action_files() -> list[Path]:
    """Every module of actions of our apps."""
    return [
        path
        for app in settings.OUR_APPS
        for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
        if path.name == "actions.py" or path.parent.name == "actions"
    ]


def functions(source: str) -> dict[str, ast.FunctionDef]:
    """The functions of a module, by name."""
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def is_atomic(function: ast.FunctionDef) -> bool:
    """Whether the function is decorated to run in a transaction."""
    return any(ast.unparse(each).startswith(("transaction.atomic", "sent_once")) for each in function.decorator_list)


def bare(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The parts of a function that stand in no `with transaction.atomic()`."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.With) and "transaction.atomic" in "".join(ast.unparse(i) for i in node.items):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def writes_bare(function: ast.FunctionDef) -> bool:
    """Whether the function writes or locks rows outside any `with transaction.atomic()` of its own."""
    docstring = ast.get_docstring(function, clean=False)
    return any(
        (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_write(node, node.func))
        or (isinstance(node, ast.Attribute) and node.attr == "select_for_update")
        or (getattr(node, "value", None) != docstring and statement_in(node) is not None)
        for node in bare(function)
    )


def calls_bare(function: ast.FunctionDef) -> set[str]:
    """The functions that it names outside any `with transaction.atomic()` of its own."""
    return {node.id for node in bare(function) if isinstance(node, ast.Name)}


def unprotected(source: str) -> set[str]:
    """The functions of a module that write, and that something calls, or may call, outside a transaction."""
    found = functions(source)
    unsafe = {name for name, function in found.items() if writes_bare(function) and not is_atomic(function)}
    while True:
        # A private function is as safe as all who call it in its module; a public one may be called by anybody.
        callers = {
            name: {other for other, function in found.items() if name in calls_bare(function)} - {name}
            for name in unsafe
            if name.startswith("_")
        }
        spread = {caller for called in callers.values() for caller in called if not is_atomic(found[caller])} - unsafe
        if not spread:
            break
        unsafe |= spread
    safe = {
        name
        for name, called in callers.items()
        if called and all(is_atomic(found[caller]) or caller in unsafe for caller in called)
    }
    return unsafe - safe


@pytest.mark.parametrize("path", action_files(), ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix())
def test_action_that_writes_is_atomic(path):
    place = path.relative_to(settings.BASE_DIR).as_posix()

    found = {f"{place}: {name}" for name in unprotected(path.read_text(encoding="utf-8"))}

    assert found == {name for name in DECIDED if name.startswith(f"{place}:")}


def test_every_app_that_has_actions_is_read():
    assert {path.relative_to(settings.BASE_DIR).parts[0] for path in action_files()} >= {
        *("visits", "drafts", "services", "staff", "retention", "privacy"),
    }


FINE = """
@transaction.atomic
def change(record):
    _lock(record)
    record.save()

@transaction.atomic(savepoint=False)
def tick():
    Thing.objects.update(seen=True)

def _lock(record):
    return Thing.objects.select_for_update().get(pk=record.pk)

def look():
    '''DELETE FROM is what this is about.'''
    return Thing.objects.first()

def many():
    for thing in look():
        with transaction.atomic():
            thing.save()
"""


def test_guardian_leaves_alone():
    assert unprotected(FINE) == set()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("@transaction.atomic\ndef change", "def change", {"change"}),
        ("@transaction.atomic(savepoint=False)\n", "", {"tick"}),
        ("        with transaction.atomic():\n            thing", "        if thing:\n            thing", {"many"}),
        ("    return Thing.objects.first()", "    return _lock(1)", {"look"}),
        ("    return Thing.objects.first()", "    return Thing.objects.select_for_update()", {"look"}),
        ("    return Thing.objects.first()", "    cursor.execute('DELETE FROM visits_thing')", {"look"}),
    ],
)
def test_guardian_finds(before, after, found):
    assert before in FINE
    assert unprotected(FINE.replace(before, after)) == found
