"""A model is renamed and moved to another app, and everything that speaks of its records still knows them."""

from __future__ import annotations

import datetime as dt

import pytest

from privacy.dates import london_today
from privacy.naming import kind_of, model_of
from retention import actions, certificates
from retention.models import Hold
from retention.relations import record_of
from sharing.actions import looking
from sharing.models import AccessEvent
from staff.models import Role
from tests import factories
from tests.retention import new_models

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def moved(whole_search, adviser):
    """A record of a model, read, held and purged beside, before the model took another name and place."""
    officer = factories.make_user(Role.GOVERNANCE)
    with new_models.made("Clip", table="visits_clip") as clip:
        gone = clip.objects.create(words="gone", ended_on=london_today() - dt.timedelta(days=13))
        kept = clip.objects.create(words="zyxwclip", ended_on=london_today())
        with looking(factories.request_by(adviser)) as viewer:
            viewer.visible_fields(kept)
        review_on = london_today() + dt.timedelta(days=30)
        actions.place_hold(kept, reason="police", authority="C/1", responsible=officer, review_on=review_on, by=officer)
        run = actions.purge(london_today() + dt.timedelta(days=1))
        assert not clip.objects.filter(pk=gone.pk).exists()
        new_models.undefine(clip)
        recording = new_models.define("Recording", app="sharing", table="visits_clip", pinned="clip")
        recording._meta.verbose_name = "recording"
        yield recording, kept.pk, run, officer
        new_models.undefine(recording)


def test_sealed_words_open_under_the_new_name_and_place(moved):
    recording, number, _run, _officer = moved

    assert recording._meta.label == "sharing.Recording"
    assert recording.objects.get(pk=number).words == "zyxwclip"


def test_hold_finds_and_releases_its_record(moved):
    recording, number, _run, officer = moved
    hold = Hold.objects.get(record_type="clip")

    assert record_of(hold.record_type, hold.record_id)._meta.model is recording
    actions.release_hold(hold, by=officer)

    assert recording.objects.get(pk=number).hold_id is None
    assert recording.objects.get(pk=number).words == "zyxwclip"


def test_access_log_counts_and_certificate_speak_of_the_kind(moved, signed_in):
    recording, number, run, officer = moved

    assert AccessEvent.objects.get(record_type="clip").record_ids == [number]
    page = signed_in(officer).get("/access-log/").content.decode()
    assert "recording" in page.lower()
    assert run.counts.get(record_type="clip").deleted == 1
    assert certificates.facts(run)["records"]["clip"]["deleted"] == 1
    assert (model_of("clip"), kind_of("clip")) == (recording, "recording")


def test_next_purge_deletes_it_on_its_day(moved, settings):
    recording, number, _run, officer = moved
    actions.release_hold(Hold.objects.get(record_type="clip"), by=officer)

    run = actions.purge(london_today() + dt.timedelta(days=14))
    if run.state == run.State.REFUSED:
        actions.confirm_purge(run, by=officer)
        run = actions.purge(london_today() + dt.timedelta(days=14))

    assert run.counts.get(record_type="clip").deleted == 1
    assert not recording.objects.filter(pk=number).exists()
