"""What a request may bring, and what is told of it: no files, no more than a form holds, and an id."""

from __future__ import annotations

import logging
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contactwrexham.logs import Wordless
from staff.models import AuditEntry, Role
from tests import factories
from tests.staff.signing_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog) -> list[str]:
    """What the log says meanwhile, as the handler writes it."""

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(f"[{record.cid}] {record.getMessage()}")

    written: list[str] = []
    handler = Lines()
    handler.addFilter(Wordless())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("path", ["/accounts/login/", "/enquiries/", "/language/"])
def test_files_are_refused(path):
    file = SimpleUploadedFile("zyxw.txt", b"x" * 500_000)

    assert Client().post(path, {"login": "x", "file": file}).status_code == 400


@pytest.mark.parametrize("length", [settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1, 10**12])
def test_larger_body_than_any_form_is_refused_unread(length):
    answer = Client().post("/enquiries/", b"", "application/x-www-form-urlencoded", CONTENT_LENGTH=str(length))

    assert answer.status_code == 413
    assert "too much at once" in answer.content.decode()


def test_refusal_is_told_in_the_language_of_the_page():
    browser = Client()
    browser.post("/language/", {"language": "cy", "next": "/"})

    answer = browser.post("/enquiries/", b"", "application/x-www-form-urlencoded", CONTENT_LENGTH=str(10**12))

    assert "ormod ar unwaith" in answer.content.decode()


def test_request_has_an_id_of_ours_in_its_answer_and_its_audit(desk):
    factories.make_service(code="housing")

    answer = desk.post("/enquiries/", factories.posted(about="s:housing"), headers={"X-Request-Id": "forged"})

    assert re.fullmatch(r"\w{32}", answer["X-Request-Id"])
    assert AuditEntry.objects.latest("pk").cid == answer["X-Request-Id"]
    assert desk.get("/")["X-Request-Id"] != answer["X-Request-Id"]


def test_who_was_refused_is_logged_by_number_with_the_id_of_the_answer(signed_in, lines):
    administrator = factories.make_user(Role.ADMINISTRATOR)

    answer = signed_in(administrator).get("/enquiries/today/")

    identity = answer["X-Request-Id"]
    assert f"[{identity}] refused (403): account {administrator.pk}, from 127.0.0.1" in lines
    assert all(line.startswith(f"[{identity}] ") for line in lines)


def test_failed_sign_in_is_logged_by_number_and_address(adviser, lines):
    sign_in(adviser.username, "zyxwpassword", address="192.0.2.7")
    sign_in("zyxwnobody", "zyxwpassword", address="192.0.2.7")

    told = [line.partition("] ")[2] for line in lines if "sign-in failed" in line]
    assert told == [
        f"sign-in failed: account {adviser.pk}, from 192.0.2.7",
        "sign-in failed: account None, from 192.0.2.7",
    ]
    assert "zyxw" not in "".join(lines)
