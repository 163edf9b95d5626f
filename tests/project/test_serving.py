"""gunicorn as it serves: slow senders stop nobody, bodies are bounded, and nothing that was sent reaches a log."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import connection

from contactwrexham.gathering import MOST_BODY, MOST_HEAD, SECONDS, Gathered

pytestmark = [pytest.mark.slow("starts a web server"), pytest.mark.django_db(transaction=True)]

MARK = "zyxwmarker"


class Web(NamedTuple):
    """A running web server and its log."""

    port: int
    log: str

    def get(self, path: str = "/accounts/login/") -> tuple[int, float]:
        """The status of a page, and the seconds it took."""
        begin = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as asked:
            asked.request("GET", path)
            status = asked.getresponse().status
        return status, time.monotonic() - begin

    def send(self, *parts: bytes) -> bytes:
        """What is answered to these bytes."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS + 5)) as sock:
            for part in parts:
                sock.sendall(part)
            answer = b""
            while data := sock.recv(65536):
                answer += data
        return answer

    def log_text(self) -> str:
        with open(self.log, encoding="utf-8") as log:
            return log.read()


@pytest.fixture
def web(tmp_path) -> Iterator[Web]:
    """The server of `gunicorn.conf.py`, with one worker of four threads."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "gunicorn", "--workers=1", f"--bind=127.0.0.1:{port}", "contactwrexham.wsgi"]
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=os.environ | {"DATABASE_URL": database}, stdout=log, stderr=log
        )
    web = Web(port, str(tmp_path / "log"))
    try:
        until = time.monotonic() + 30
        while True:
            try:
                web.get("/livez")
                break
            except OSError:
                assert server.poll() is None, web.log_text()
                assert time.monotonic() < until
                time.sleep(0.05)
        yield web
    finally:
        server.terminate()
        server.wait(15)


def test_two_hundred_half_sent_requests_stop_nobody(web):
    halves = [
        b"",
        b"GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nnarrative=",
        b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le",
    ]
    web.get()
    with ExitStack() as open_sockets:
        for number in range(200):
            sock = open_sockets.enter_context(closing(socket.create_connection(("127.0.0.1", web.port))))
            sock.sendall(halves[number % len(halves)])
        for _ in range(5):
            status, seconds = web.get()
            assert status == 200
            assert seconds < 1
        begin = time.monotonic()
        sock.settimeout(SECONDS + 5)
        assert b"408" in sock.recv(200)
        assert time.monotonic() - begin < SECONDS + 2


@pytest.mark.slow("sends a byte a moment")
def test_whoever_sends_a_byte_at_a_time_is_dropped_all_the_same(web):
    begin = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", web.port))) as sock, pytest.raises(OSError):  # noqa: PT011, PT012
        while time.monotonic() - begin < SECONDS + 5:
            sock.sendall(b"x")
            time.sleep(0.2)

    assert SECONDS - 1 < time.monotonic() - begin < SECONDS + 3


def test_request_in_small_pieces_and_two_on_one_connection_are_answered(web):
    one = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    last = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

    answer = web.send(*(bytes([sign]) for sign in one), one + last)

    assert answer.count(b'{"alive": true}') == 3


def test_body_that_is_too_large_is_refused_before_it_is_sent(web):
    head = b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"

    assert web.send(head % (MOST_BODY + 1)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"411"),
        (b"X-Long: " + b"x" * MOST_HEAD, b"431"),
        (b"Transfer-Encoding : chunked\r\n\r\n", b"400"),
    ],
)
def test_what_no_browser_sends_is_refused(web, head, status):
    assert web.send(b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head).startswith(b"HTTP/1.1 " + status)


def test_nothing_that_was_sent_reaches_the_log(web):
    mark = MARK.encode()
    for request in (
        b"&narrative=%b / HTTP/1.1\r\n\r\n",
        b"%b\r\n\r\n",
        b"GET /%b HTTP/9.9\r\n\r\n",
        b"GET /%b?q=%b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\n%b:\r\n %b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n(%b): 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: %b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: session=%b\x00\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %b\r\n\r\n",
        b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=%b\r\nContent-Length: 12\r\n\r\n%b12",
        b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Connection: close\r\nContent-Length: 20\r\n\r\nnarrative=%b",
        b"PROXY %b\r\n\r\n",
    ):
        web.send(request.replace(b"%b", mark))

    assert "request refused: InvalidRequest" in web.log_text()
    assert MARK not in web.log_text().lower()
    assert "refused (403): account None, from 127.0.0.1" in web.log_text()


# --- what is whole ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"", ""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r", ""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "whole"),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", ""),
        (b"POST / HTTP/1.1\r\nCONTENT-LENGTH:\t3 \r\n\r\nabc", "whole"),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET", "whole"),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "whole"),
    ],
)
def test_request_is_whole_when_its_last_byte_is_there(data, verdict):
    assert Gathered(0, bytearray(data)).verdict() == verdict
