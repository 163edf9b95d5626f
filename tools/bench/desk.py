"""A desk's browser as small as it can be: one kept connection to 127.0.0.1, cookies, the CSRF token.

Written on bare sockets because the measured server and the measuring clients share the machine: `http.client` spends
a third as long on an answer's headers as the server spends on an empty page.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlencode

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
COOKIE = re.compile(r"\r\nset-cookie: ([^=]+)=([^;\r]*)", re.IGNORECASE)
LENGTH = re.compile(r"\r\ncontent-length: (\d+)", re.IGNORECASE)
MADE_FOR = re.compile(rb'name="made_for" value="(\d+):')
LOCATION = re.compile(r"\r\nlocation: ([^\r]+)", re.IGNORECASE)
TIMEOUT = 60  # seconds


class Unexpected(Exception):
    """The server answered something else than the benchmark is about, or nothing."""


@dataclass
class Answer:
    """What came back, and after how many seconds."""

    status: int
    head: str
    body: bytes
    seconds: float

    @property
    def location(self) -> str:
        match = LOCATION.search(self.head)
        return match[1] if match else ""


class Desk:
    """One adviser's browser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""
        # The number of its account, where its home is a page that is typed on.
        self.account = 0
        self._socket: socket.socket | None = None

    def sign_in(self, username: str, password: str, *, home: str = "/") -> Desk:
        """Sign in through the form, as people do. Raises Unexpected when refused."""
        self._take_token(self.get("/accounts/login/"))
        self.post("/accounts/login/", {"login": username, "password": password})
        page = self.get(home)
        self._take_token(page)
        made_for = MADE_FOR.search(page.body)
        self.account = int(made_for[1]) if made_for else 0
        return self

    def get(self, path: str, *, expect: int = 200) -> Answer:
        """Ask for a page. Raises Unexpected when the status is not the expected one."""
        return self._ask(f"GET {path} HTTP/1.1\r\n{self._headers()}\r\n".encode(), path, expect)

    def post(self, path: str, fields: dict[str, str], *, expect: int = 302, htmx: bool = False) -> Answer:
        """Send a form with the CSRF token. Raises Unexpected when the status is not the expected one."""
        body = urlencode(fields | {"csrfmiddlewaretoken": self.token}).encode()
        head = f"POST {path} HTTP/1.1\r\n{self._headers()}Content-Type: application/x-www-form-urlencoded\r\n"
        head += f"Content-Length: {len(body)}\r\n" + "HX-Request: true\r\n" * htmx
        return self._ask(head.encode() + b"\r\n" + body, path, expect)

    def connect(self) -> None:
        """Take a new connection, as gunicorn shares connections out among its workers."""
        if self._socket is not None:
            self._socket.close()
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _headers(self) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return f"Host: 127.0.0.1:{self.port}\r\n" + (f"Cookie: {cookies}\r\n" if cookies else "")

    def _ask(self, request: bytes, path: str, expect: int) -> Answer:
        started = time.perf_counter()
        for _attempt in range(2):  # a kept connection may have been closed while nothing was asked
            if self._socket is None:
                self.connect()
            try:
                self._socket.sendall(request)
                status, head, body = self._receive()
                break
            except (BrokenPipeError, ConnectionResetError):
                self._socket = None
        else:
            raise Unexpected(f"{path}: the server closed the connection")
        seconds = time.perf_counter() - started
        for name, value in COOKIE.findall(head):
            self.cookies[name] = value
        if status != expect:
            raise Unexpected(f"{path}: status {status} instead of {expect}")
        if "\r\nconnection: close" in head.lower():
            self._socket.close()
            self._socket = None
        return Answer(status, head, body, seconds)

    def _receive(self) -> tuple[int, str, bytes]:
        received = self._socket.recv(1 << 16)
        if not received:
            raise ConnectionResetError
        while b"\r\n\r\n" not in received:
            received += self._more()
        raw, _, body = received.partition(b"\r\n\r\n")
        head = raw.decode("latin-1")
        length = LENGTH.search(head)
        if length is None:
            raise Unexpected("an answer without its length")
        while len(body) < int(length[1]):
            body += self._more()
        return int(head[9:12]), head, body

    def _more(self) -> bytes:
        received = self._socket.recv(1 << 16)
        if not received:
            raise Unexpected("half an answer")
        return received

    def _take_token(self, answer: Answer) -> None:
        match = TOKEN.search(answer.body)
        if match is None:
            raise Unexpected("a page without a CSRF token")
        self.token = match[1].decode()
