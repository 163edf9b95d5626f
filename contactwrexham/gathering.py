"""gunicorn's threads, each given a request only when all of it is there: slow senders keep no thread from the others.

A request has ten seconds, from its first moment to its last byte, and a megabyte; whoever exceeds that is told so or
dropped. Behind a proxy that gathers requests itself this costs one pass over a small buffer.
"""

from __future__ import annotations

import re
import selectors
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

SECONDS = 10
MOST_HEAD = 32 * 1024
MOST_BODY = 1024 * 1024

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
REFUSED = "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Gathered:
    """What has come of a request so far."""

    until: float
    data: bytearray = field(default_factory=bytearray)

    def verdict(self) -> str:
        """ "" while more is to come, "whole", or the status with which it is refused."""
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return "431 Request Header Fields Too Large" if len(self.data) > MOST_HEAD else ""
        head = bytes(self.data[: end + 2])
        if CHUNKED.search(head):
            return "411 Length Required"
        length = LENGTH.search(head)
        body = int(length[1]) if length else 0
        if body > MOST_BODY:
            return "413 Content Too Large"
        return "whole" if len(self.data) >= end + 4 + body else ""


class GatheringWorker(ThreadWorker):
    """A gthread worker whose main loop gathers each request before it takes a thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gathering: dict[TConn, Gathered] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Gather what a connection sends; called when it is new, and when it speaks again."""
        conn.sock.setblocking(False)
        self.gathering[conn] = Gathered(time.monotonic() + SECONDS)
        if conn.parser is not None:  # what was read behind the request before
            self.gathering[conn].data += conn.parser.unreader.take_buffered()
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read, conn))
        self._read(conn)

    def _read(self, conn: TConn, sock: Any = None) -> None:
        gathered = self.gathering[conn]
        try:
            data = conn.sock.recv(65536)
            if not data:
                return self._drop(conn)
            gathered.data += data
        except BlockingIOError:
            pass
        except OSError:
            return self._drop(conn)
        if verdict := gathered.verdict():
            if verdict == "whole":
                return self._pass_on(conn)
            self._refuse(conn, verdict)
        return None

    def _pass_on(self, conn: TConn) -> None:
        data = self._let_go(conn)
        conn.init()
        conn.parser.unreader.unread(data)
        conn.data_ready = True
        super().enqueue_req(conn)

    def _refuse(self, conn: TConn, status: str) -> None:
        with suppress(OSError):  # it may have gone
            conn.sock.send(REFUSED.format(status=status).encode())
        self._drop(conn)

    def _drop(self, conn: TConn) -> None:
        self._let_go(conn)
        self.nr_conns -= 1
        conn.close()

    def _let_go(self, conn: TConn) -> bytes:
        self.poller.unregister(conn.sock)
        return bytes(self.gathering.pop(conn).data)

    def murder_pending(self) -> None:
        """Drop whoever is too slow; gunicorn asks once a second at least."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, gathered in self.gathering.items() if gathered.until < now]:
            self._refuse(conn, "408 Request Timeout")
