"""A model that exists only here is purged by declaring its policy, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from privacy.dates import london_today
from privacy.keyring import keyring
from retention import actions
from retention.models import DeletedFile
from staff.models import Role
from tests import factories
from tests.retention.new_models import made

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clip() -> Iterator[Any]:
    """A model with a table, unknown to everything else."""
    with made("Clip") as model:
        yield model


def test_model_made_here_goes_on_its_day_with_its_key(clip, whole_search):
    today = london_today()
    for ended in (today - dt.timedelta(days=1), today):
        clip.objects.create(words="zyxwclip", ended_on=ended)
    first = today + dt.timedelta(days=13)

    actions.purge(first - dt.timedelta(days=1))
    assert clip.objects.count() == 2

    run = actions.purge(first)

    assert clip.objects.get().ended_on == today
    assert clip.objects.get().words == "zyxwclip"
    assert run.counts.get(record_type="clip").deleted == 1
    assert keyring().due(first) == []
    assert keyring().due(first + dt.timedelta(days=1)) == [(first + dt.timedelta(days=1), 1)]


@pytest.fixture
def store(tmp_path, settings):
    """Where files are kept in this test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def clip_with_file(clip, ended_on) -> str:
    record = clip(words="zyxwclip", ended_on=ended_on)
    record.file.save("b2f1.mp4", ContentFile(b"moving pictures"))
    return str(record.file.name)


def test_file_of_a_deleted_record_goes_with_it_and_no_other(clip, whole_search, store):
    today = london_today()
    gone, kept = clip_with_file(clip, today - dt.timedelta(days=1)), clip_with_file(clip, today)

    actions.purge(today + dt.timedelta(days=13))

    assert not (store / gone).exists()
    assert (store / kept).read_bytes() == b"moving pictures"
    assert not DeletedFile.objects.exists()


def test_file_that_its_store_does_not_let_go_is_tried_again_and_shown(clip, whole_search, store, signed_in):
    name = clip_with_file(clip, london_today())
    store.rename(store.with_name("unplugged"))
    store.write_text("no directory")

    run = actions.purge(london_today() + dt.timedelta(days=14))

    assert (run.state, run.left) == ("done", 0)
    assert DeletedFile.objects.get().name == name
    page = signed_in(factories.make_user(Role.GOVERNANCE)).get("/retention/").content.decode()
    assert "<strong>1</strong>" in page[page.index("Files of deleted records") :]
    store.unlink()
    store.with_name("unplugged").rename(store)
    assert actions.remove_files() == 0
    assert not (store / name).exists()
    assert not DeletedFile.objects.exists()


class Stopped(BaseException):
    """What ends a process anywhere: nothing catches it, and the transaction ends as when the connection breaks."""


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_removing_files_stopped_leaves_no_file_behind(clip, whole_search, store, monkeypatch, before):
    name = clip_with_file(clip, london_today())
    really = FileSystemStorage.delete

    def stopped(self, name):
        if not before:
            really(self, name)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", stopped)
        with pytest.raises(Stopped):
            actions.purge(london_today() + dt.timedelta(days=14))
    assert not clip.objects.exists()
    assert DeletedFile.objects.count() == 1

    assert actions.remove_files() == 0
    assert not (store / name).exists()
    assert not DeletedFile.objects.exists()
