"""Who is at the other end: through real proxies in front of both servers, and without one."""

import os
import re
import shutil
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from waitress.proxy_headers import proxy_headers_middleware
from werkzeug.test import EnvironBuilder

from tests.cli import proxies
from tracker import config
from tracker.app import _believing
from tracker.cli import main
from tracker.cli.setup import _proxy_settings

ADDRESS = "https://tracker.example.org"
CLINIC, STRANGER, OTHER_STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
FORGED = {
    "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "81", "X-Forwarded-Prefix": "/evil", "Forwarded": "for=203.0.113.9",
}  # fmt: skip
KEPT_OUT = {
    "nginx": pytest.mark.skipif(proxies.NGINX is None, reason="no nginx on this machine"),
    "caddy": pytest.mark.skipif(proxies.CADDY is None, reason="no caddy on this machine"),
}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PASSWORD = "seven tired horses walk home"


@dataclass
class Site:
    """A served clinic, and how to reach it from an address of one's own."""

    instance: Path
    port: int
    secure: bool

    def trusting(self) -> ssl.SSLContext:
        """Trust the certificate of the proxy."""
        context = ssl.create_default_context(cafile=self.instance.parent / proxies.CERTIFICATE)
        context.check_hostname = False
        return context

    def ask(
        self, method: str, path: str, come_from: str, body: str | None = None, **headers: str
    ) -> tuple[HTTPResponse, str]:
        host, here = "localhost", (come_from, 0)
        if self.secure:
            link: Any = HTTPSConnection(
                "127.0.0.1", self.port, source_address=here, context=self.trusting(), timeout=30
            )
        else:
            link = HTTPConnection("127.0.0.1", self.port, source_address=here, timeout=30)
        scheme = "https" if self.secure else "http"
        place = f"{host}:{self.port}"
        referer = {"Referer": f"{scheme}://{place}/sign-in"}
        link.request(method, path, body, {"Host": place, **referer, **headers})
        answer = link.getresponse()
        text = answer.read().decode(errors="replace")
        link.close()
        return answer, text

    def send(self, path: str, come_from: str, form: dict[str, str], **more: str) -> HTTPResponse:
        """Open a form and send it, as a browser at an address does."""
        page, text = self.ask("GET", path, come_from, **more)
        cookie = page.headers.get("Set-Cookie", "").partition(";")[0]
        token = TOKEN.search(text)
        assert token, text
        kind = "application/x-www-form-urlencoded"
        more |= {"Cookie": cookie, "Content-Type": kind}
        return self.ask(
            "POST", path, come_from, urlencode(form | {"csrf_token": token[1]}), **more
        )[0]

    def sign_in(self, come_from: str, password: str, email: str = "ada@example.org", **more: str):
        return self.send("/sign-in", come_from, {"email": email, "password": password}, **more)

    def addresses(self) -> set[str]:
        """List from where people came, as the trail has it."""
        with sqlite3.connect(self.instance / config.DATABASE_FILE) as database:
            return {row[0] for row in database.execute("SELECT address FROM audit_event")}


def put_up(stack: ExitStack, set_up: Path, folder: Path, server: str, proxy: str | None) -> Site:
    """Serve a copy of a clinic, behind a proxy or bare."""
    instance = shutil.copytree(set_up, folder / "clinic")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    environ |= {
        "TRACKER_INSTANCE": str(instance),
        "TRACKER_STAFF_SECOND_FACTOR": "no",
        "TRACKER_ADDRESS": ADDRESS if proxy else "",
        "TRACKER_PROXIES": "1" if proxy else "0",
        "TRACKER_SECURE_COOKIES": "yes" if proxy else "no",
    }
    port = proxies.free_port()
    stack.enter_context(
        proxies.running(proxies.serve(server, port), port, folder / "server.log", **environ)
    )
    if proxy is None:
        return Site(instance, port, secure=False)
    name, fit = proxies.FILES[proxy]
    printed = CliRunner().invoke(
        main,
        ["deploy", proxy, "--instance", str(instance), "--port", str(port)],
        env={"TRACKER_ADDRESS": ADDRESS},
        catch_exceptions=False,
    )
    assert printed.exit_code == 0, printed.output
    outside = proxies.free_port()
    command = fit(printed.output, proxies.certify(folder), outside)
    at_home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    log = folder / f"{name}.log"
    stack.enter_context(proxies.running(command, outside, log, **environ | at_home))
    return Site(instance, outside, secure=True)


PAIRS = [
    pytest.param((server, proxy), id=f"{server}-{proxy}", marks=(pytest.mark.proxy, mark))
    for server in ("waitress", "gunicorn")
    for proxy, mark in KEPT_OUT.items()
]


@pytest.fixture(scope="module", params=PAIRS)
def site(request, set_up, tmp_path_factory) -> Iterator[Site]:
    """A clinic behind a proxy with TLS."""
    with ExitStack() as stack:
        yield put_up(stack, set_up, tmp_path_factory.mktemp("behind"), *request.param)


@pytest.fixture(scope="module", params=["waitress", "gunicorn"])
def bare(request, set_up, tmp_path_factory) -> Iterator[Site]:
    """A clinic with no proxy in front."""
    with ExitStack() as stack:
        yield put_up(stack, set_up, tmp_path_factory.mktemp("bare"), request.param, None)


def test_behind_a_proxy_https_is_remembered_and_cookies_are_for_https_alone(site):
    answer, _ = site.ask("GET", "/sign-in", CLINIC, **FORGED)
    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tracker=")
    assert "Secure" in cookie


def test_the_trail_has_the_address_of_the_person_and_none_that_was_made_up(site):
    assert site.sign_in(CLINIC, PASSWORD, **FORGED).status == 302
    assert CLINIC in site.addresses()
    assert not site.addresses() & {"203.0.113.9", "127.0.0.1"}


def test_whoever_is_led_on_stays_on_https_and_at_the_host_that_was_asked(site):
    answer = site.sign_in(CLINIC, PASSWORD, **FORGED)
    place = answer.headers["Location"]
    assert place.startswith(("/", f"https://localhost:{site.port}/"))
    assert not place.startswith("//")


def test_a_link_in_a_mail_is_https(site):
    answer = site.send("/password/forgotten", CLINIC, {"email": "ada@example.org"}, **FORGED)
    assert answer.status == 200
    mails = sorted((site.instance / config.MAIL_FOLDER).iterdir())
    assert any(f"{ADDRESS}/password/" in path.read_text().replace("=\n", "") for path in mails)


def test_ten_wrong_tries_of_a_stranger_shut_out_nobody_else(site):
    """A made-up address does not help the stranger, and the clinic signs in meanwhile."""
    made_up = [FORGED | {"X-Forwarded-For": f"198.51.100.{number}"} for number in range(11)]
    tries = [site.sign_in(STRANGER, "wrong", "x@example.org", **headers) for headers in made_up]
    assert [answer.status for answer in tries] == [200] * 10 + [429]
    assert site.sign_in(CLINIC, PASSWORD).status == 302
    assert site.sign_in(OTHER_STRANGER, "wrong", "x@example.org").status == 200


def test_whoever_sends_slowly_holds_nobody_else_up(site):
    """Each has sent half a form, and there are more of them than a server has threads."""
    with ExitStack() as stack:
        for _ in range(12):
            sender = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            sender = stack.enter_context(site.trusting().wrap_socket(sender))
            sender.sendall(
                b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nemail="
            )
        began = time.monotonic()
        assert site.ask("GET", "/sign-in", CLINIC)[0].status == 200
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("proxies_set", "known"), [(0, "127.0.0.1"), (1, "10.0.0.2"), (2, "10.0.0.1"), (3, "9.9.9.9")]
)
def test_so_many_addresses_are_counted_from_the_end_by_both_servers(proxies_set, known):
    """Two proxies stand in front, and whoever asks made the first address up."""
    seen = []

    def answer(environ, start_response):
        seen.append((environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"]))
        return []

    ours = _believing(answer, proxies_set)
    options = _proxy_settings(proxies_set)
    headers = set(options.get("trusted_proxy_headers", "").split())
    by_waitress = proxy_headers_middleware(
        ours,
        trusted_proxy=options.get("trusted_proxy"),
        trusted_proxy_count=options.get("trusted_proxy_count", 1),
        trusted_proxy_headers=headers,
        clear_untrusted=options["clear_untrusted_proxy_headers"],
    )
    for application in (ours, by_waitress):
        environ = EnvironBuilder(
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
            headers=FORGED
            | {"X-Forwarded-For": "9.9.9.9, 10.0.0.1, 10.0.0.2", "X-Forwarded-Proto": "https"},
        ).get_environ()
        application(environ, lambda *_: None)
    assert seen == [(known, "https" if proxies_set else "http", "localhost")] * 2


def test_with_no_proxy_set_no_header_of_one_is_believed(bare):
    pretend = FORGED | {"X-Forwarded-Proto": "https", "X-Forwarded-SSL": "on"}
    answer, _ = bare.ask("GET", "/sign-in", CLINIC, **pretend)
    assert answer.status == 200
    assert "Strict-Transport-Security" not in answer.headers
    assert bare.sign_in(CLINIC, PASSWORD, **pretend).status == 302
    assert CLINIC in bare.addresses()
    assert "203.0.113.9" not in bare.addresses()
