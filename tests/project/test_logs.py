"""The logs hold places and kinds of errors: no word that somebody typed, no reference."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.db import DataError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path
from django.views.debug import get_exception_reporter_class

from contactwrexham.logs import Reporter, Wordless
from staff.models import Role
from tests import factories
from tests.project.test_guardians_words import PERSON, marks_in, work_a_day

WORDS = "Zyxwfamily, born 19/07/1931, telephone 01978 0719733"


# --- views that fail, with personal words in their errors -------------------------------------------------------------


def fails(request: HttpRequest, reference: str) -> HttpResponse:
    raise ValueError(WORDS)


def fails_in_the_database(request: HttpRequest, reference: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::date", [WORDS])
    return HttpResponse()


def fails_twice(request: HttpRequest, reference: str) -> HttpResponse:
    try:
        return fails(request, reference)
    except ValueError as error:
        raise KeyError(f"while {WORDS}") from error


FAILING = {"fails": fails, "fails-in-the-database": fails_in_the_database, "fails-twice": fails_twice}
urlpatterns = [path(f"{name}/<str:reference>/", view) for name, view in FAILING.items()]
urlpatterns.append(path("", include("contactwrexham.urls")))
handler400, handler403 = "contactwrexham.views.bad_request", "contactwrexham.views.forbidden"
handler404, handler500 = "contactwrexham.views.not_found", "contactwrexham.views.server_error"


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """What the root logger's own handler, as the settings made it, writes meanwhile."""
    handler = next(h for h in logging.getLogger().handlers if any(isinstance(f, Wordless) for f in h.filters))
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream.getvalue
    handler.setStream(before)


def assert_wordless(text: str) -> None:
    assert marks_in(text) == []
    for prefix in ("cus-", "enq-", "?"):
        assert prefix not in text.lower()


# --- the whole flow ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_day_at_the_desk_logs_no_word_and_no_reference(desk, adviser, log):
    work_a_day(desk, adviser)

    assert re.search(r"Unprocessable \w+: /customers/<customer:reference>/change/", log())
    assert_wordless(log())


@pytest.mark.django_db
def test_refusals_log_no_word_and_no_reference(desk, adviser, signed_in, log):
    customer = factories.make_customer(by=adviser, **factories.MARKED)
    stranger = signed_in(factories.make_user(Role.ADMINISTRATOR))
    forger = Client(enforce_csrf_checks=True)

    desk.get("/customers/CUS-2222-222/?q=Zyxwfamily")
    desk.get("/enquiries/ENQ-2222-222/", {"q": "Zyxwfamily"})
    desk.get("/customers/search/?q=Zyxwfamily")
    desk.post("/enquiries/", {"customer": "CUS-2222-222", "narrative": "zyxwnarrative"})
    stranger.get(f"{customer.get_absolute_url()}?q=Zyxwfamily")
    forger.post("/customers/search/", {"q": "Zyxwfamily"}, headers={"Referer": "https://evil.example/?q=Zyxwfamily"})
    forger.post("/customers/search/", {"q": "Zyxwfamily"}, headers={"Origin": "https://zyxw.example"})
    desk.get("/", headers={"Host": "zyxw.example.org"})
    Client().post("/enquiries/", PERSON)
    Client().post("/accounts/login/", {"login": "Zyxwfamily", "password": "zyxwpassword"})

    for words in (
        "Not Found: /customers/<customer:reference>/",
        "Method Not Allowed (GET): /customers/search/",
        "Forbidden",
    ):
        assert words in log()
    assert_wordless(log())


@pytest.mark.django_db
def test_reference_typed_in_small_letters_is_not_logged(desk, log):
    desk.get("/customers/cus-2222-222/")

    assert_wordless(log())


@pytest.mark.django_db
def test_name_typed_into_the_address_is_not_logged(desk, log):
    desk.get("/customers/Zyxwfamily/")

    assert_wordless(log())


@pytest.mark.django_db
@pytest.mark.parametrize("name", FAILING)
def test_exception_in_a_view_is_logged_by_kind_and_place(adviser, settings, log, name):
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.force_login(adviser)

    answer = client.post(f"/{name}/CUS-2222-222/?q=Zyxwfamily", PERSON)

    assert answer.status_code == 500
    assert marks_in(answer.content.decode()) == []
    kind = {"fails": "ValueError", "fails-in-the-database": "DataError", "fails-twice": "KeyError"}[name]
    assert re.search(rf"ERROR django.request \[\w{{32}}\] {kind} at ", log())
    assert_wordless(log())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "fails",
        "fails-twice",
        "fails-in-the-database",
    ],
)
def test_exception_in_a_view_names_a_place_in_our_own_code(client, settings, log, name):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False

    client.get(f"/{name}/CUS-2222-222/")

    assert "test_logs.py:" in log()


@pytest.mark.django_db
def test_keys_out_of_reach_are_logged_without_a_word(desk, adviser, keys, log):
    customer = factories.make_customer(by=adviser, **factories.MARKED)
    keys.forget()
    for directory in keys.directories:
        directory.rename(directory.with_suffix(".away"))

    answers = [desk.get(customer.get_absolute_url()), desk.post("/customers/", factories.posted("new") | PERSON)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert log().count("keyring unavailable") == 2
    assert_wordless(log())


@pytest.mark.django_db
def test_keys_out_of_reach_are_logged_with_the_directory(desk, keys, log):
    keys.directories[1].rmdir()

    desk.post("/customers/", factories.posted("new") | PERSON)

    assert f"The key directory {keys.directories[1]} is missing." in log()


# --- the filter -------------------------------------------------------------------------------------------------------


def line(message: object, *args: object, **more) -> str:
    """A record as the filter lets it through."""
    record = logging.LogRecord("some.library", logging.ERROR, __file__, 1, message, args, more.get("exc_info"))
    assert Wordless().filter(record)
    return logging.Formatter().format(record)


def raised(error: BaseException):
    try:
        raise error
    except type(error):
        return sys.exc_info()


@pytest.mark.parametrize(
    ("logged", "args", "written"),
    [
        ("%s: %s", ("Not Found", "/customers/CUS-7K3F-22M/"), "Not Found: /customers/<customer:reference>/"),
        (
            "%s: %s",
            ("Not Found", "/enquiries/ENQ-7K3F-22M/close/?q=Jones"),
            "Not Found: /enquiries/<enquiry:reference>/close/",
        ),
        ("GET %s", ("/?q=Jones&page=2",), "GET /"),
        ("%d rows in %.1f s", (12, 3.5), "12 rows in 3.5 s"),
        ("nothing to fill in", (), "nothing to fill in"),
        ("100 %% done", (), "100 %% done"),
    ],
)
def test_paths_lose_their_queries_and_references(logged, args, written):
    assert line(logged, *args) == written


def test_exception_keeps_its_kind_and_place_only():
    written = line("while reading %s", WORDS, exc_info=raised(DataError(WORDS)))

    assert written.startswith("DataError at test_logs.py:")
    assert written.endswith(" raised")
    assert marks_in(written) == []


def test_exception_keeps_no_traceback_text_of_an_earlier_handler():
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "m", (), raised(ValueError(WORDS)))
    logging.Formatter().format(record)  # a handler that came before has written its text into the record
    assert record.exc_text

    Wordless().filter(record)

    assert marks_in(logging.Formatter().format(record)) == []


def test_exc_info_of_nothing_is_answered():
    assert line("m", exc_info=(None, None, None)) == "error at "


def test_exception_as_an_argument_keeps_its_kind_only():
    assert line("it failed: %s", DataError(WORDS)) == "it failed: DataError"


def test_arguments_by_name_lose_their_words():
    written = line("%(n)d at %(path)s: %(error)s", {"n": 2, "path": "/customers/?q=Zyxw", "error": ValueError(WORDS)})

    assert written == "2 at /customers/: ValueError"


def test_reference_inside_other_text_is_left_out():
    assert line("about %s", "ENQ-7K3F-22M and cus-7k3f-22m") == "about ENQ and cus"


# --- beyond the web process -------------------------------------------------------------------------------------------


@pytest.mark.slow("starts a worker's process")
def test_worker_logs_an_exception_without_its_words():
    """A worker's own process, with its logging set up as `celery worker` does."""
    statement = f"""
import logging, os
os.environ["DJANGO_SETTINGS_MODULE"] = "contactwrexham.settings"
from contactwrexham.celery import app
app.loader.import_default_modules()
app.log.setup(loglevel="INFO", redirect_stdouts=False)
try:
    raise ValueError({WORDS!r})
except ValueError:
    logging.getLogger("celery.app.trace").exception("Task failed")
"""
    ran = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)

    assert "ValueError" in ran.stderr
    assert marks_in(ran.stderr) == []


def report(text: bool) -> str:
    request = RequestFactory().post("/customers/?q=Zyxwfamily", PERSON)
    request.COOKIES["note"] = "Zyxwcookie"
    reporter = get_exception_reporter_class(request)(request, *raised(ValueError(WORDS)))
    assert isinstance(reporter, Reporter)
    return reporter.get_traceback_text() if text else reporter.get_traceback_html()


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("debug", [True, False])
def test_error_report_holds_no_value(settings, debug, text):
    settings.DEBUG = debug

    written = report(text)

    assert "ValueError" in written
    assert marks_in(written) == []
