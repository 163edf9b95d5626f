"""The proxy of `deploy/nginx.conf` in front of the desk: whole requests only, bounded, and nothing logged."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from django.conf import settings

from tests.project.test_serving import MARK, Web, web

__all__ = ["web"]  # a fixture
CONF = Path(settings.BASE_DIR) / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "")

pytestmark = [
    pytest.mark.slow("starts a web server and a proxy"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not NGINX, reason="nginx is missing (apt-get install nginx-light)"),
]


@pytest.fixture
def proxy(web, tmp_path) -> Iterator[Web]:
    """nginx with our file, without TLS and with its own places."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = CONF.read_text(encoding="utf-8")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("<desk.example.org>", "127.0.0.1")
    text = re.sub(r"\n *ssl_.*;", "", text)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{web.port}").replace("/var/log/nginx/desk.log", f"{tmp_path}/log")
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off;\npid {tmp_path}/pid;\nworker_processes 1;\nevents {{}}\nhttp {{\n{temporary}{text}}}\n"
    if os.geteuid() == 0:
        main = "user root;\n" + main
    (tmp_path / "nginx.conf").write_text(main, encoding="utf-8")
    command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "start")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    server = subprocess.Popen(command)
    proxied = Web(port, str(tmp_path / "log"))
    try:
        until = time.monotonic() + 10
        while True:
            try:
                if proxied.get("/livez")[0] == 200:
                    break
            except OSError:
                pass
            assert time.monotonic() < until
            time.sleep(0.05)
        yield proxied
    finally:
        server.terminate()
        server.wait(15)


def test_slow_senders_stop_nobody_and_large_bodies_are_refused(proxy, web):
    half = b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nnarrative="
    with ExitStack() as open_sockets:
        for _ in range(90):
            sock = open_sockets.enter_context(closing(socket.create_connection(("127.0.0.1", proxy.port))))
            sock.sendall(half)
        for _ in range(5):
            status, seconds = proxy.get()
            assert status == 200
            assert seconds < 1
    large = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000000\r\nConnection: close\r\n\r\n"
    assert proxy.send(large).startswith(b"HTTP/1.1 413 ")


def test_nothing_that_was_sent_is_logged_and_the_address_is_the_clients(proxy, web):
    mark = MARK.encode()
    proxy.send(b"GET /%b?q=%b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".replace(b"%b", mark))
    proxy.send(b"&narrative=%b / HTTP/1.1\r\n\r\n".replace(b"%b", mark))
    proxy.send(b"POST /enquiries/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    logged = Path(proxy.log).read_text(encoding="utf-8") if Path(proxy.log).exists() else ""
    assert MARK not in logged + web.log_text()
    assert "refused (403): account None, from 127.0.0.1" in web.log_text()
