"""`make html` asks for every address, leaves out no page, and says what is missing."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse

from tests import factories
from tests.project.test_guardians_urls import ADDRESSES
from tools import check_html


def page(text: str, status: int = 200, kind: str = "text/html; charset=utf-8") -> HttpResponse:
    return HttpResponse(text, status=status, content_type=kind)


@pytest.mark.django_db
def test_every_address_is_asked_for_with_records_that_are_there(adviser):
    customer = factories.make_customer(by=adviser)
    closed = factories.make_enquiry(by=adviser, customer=customer)
    left_open = factories.make_enquiry(by=adviser, outcome="open")

    asked = list(check_html.addresses())

    without_records = {address.name for address in ADDRESSES if not address.varies}
    assert without_records <= {name for name, _path, _values in asked}
    paths = {path for _name, path, _values in asked}
    assert {record.get_absolute_url() for record in (customer, closed, left_open)} <= paths


def test_pages_are_kept_once_with_who_saw_them(tmp_path):
    seen: set[str] = set()
    text = '<!doctype html><input name="csrfmiddlewaretoken" value="{}">'
    check_html.keep(tmp_path, "adviser cy visits:counter", page(text.format("a"), 422), seen)
    check_html.keep(tmp_path, "adviser cy again", page(text.format("b")), seen)
    check_html.keep(tmp_path, "adviser cy part", page("<p>part</p>"), seen)
    check_html.keep(tmp_path, "adviser cy json", page("{}", kind="application/json"), seen)
    check_html.keep(tmp_path, "adviser cy moved", page("", 302), seen)

    first, second = sorted(tmp_path.glob("*.html"))
    assert first.name == "0001_adviser_cy_visits_counter_422.html"
    assert second.read_text().startswith("<!doctype html>")
    assert "<body><p>part</p></body>" in second.read_text()


def test_page_that_fails_ends_the_check(tmp_path):
    with pytest.raises(check_html.CannotCheck, match="visits:counter answered 500"):
        check_html.keep(tmp_path, "visits:counter", page("", 500), set())


def test_missing_java_is_said(monkeypatch):
    monkeypatch.setattr(check_html.shutil, "which", lambda name: None)

    with pytest.raises(check_html.CannotCheck, match="apt-get install default-jre-headless"):
        check_html.checker()


@pytest.mark.parametrize(("messages", "code"), [([], 0), (["Stray end tag.", "Stray end tag."], 1)])
def test_error_is_said_once_with_where_it_is(tmp_path, monkeypatch, capsys, messages, code):
    for number in (1, 2):
        (tmp_path / f"{number}.html").write_text("")
    told: Any = [
        {"type": "error", "message": words, "extract": "</p>", "url": f"file:/{at}.html"}
        for at, words in enumerate(messages, 1)
    ]
    answer = SimpleNamespace(stderr=json.dumps({"messages": told}))
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: answer)

    assert check_html.check(tmp_path / "vnu.jar", tmp_path) == code
    out = capsys.readouterr().out
    assert out.count("Stray end tag.") == min(len(messages), 1)
    assert f"Errors: {min(len(messages), 1)}. Pages checked: 2." in out


def test_checker_that_says_nothing_is_no_success(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: SimpleNamespace(stderr="Error: no such jar"))

    with pytest.raises(check_html.CannotCheck, match="no such jar"):
        check_html.check(tmp_path / "vnu.jar", tmp_path)
