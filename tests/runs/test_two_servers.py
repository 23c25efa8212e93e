"""Two application servers behind nginx: whoever comes by one is known to the other.

One is gunicorn, one is `tracker serve`; each has a folder of its own, with the same keys. They
share a database of PostgreSQL. nginx hands each request to the next of them.
"""

import http.client
import os
import re
import shutil
import ssl
from contextlib import ExitStack
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import psycopg
import pytest
from click.testing import CliRunner

from tests.builders.authenticator import code
from tests.cli import proxies
from tests.people import ANNA, PASSWORD
from tracker.cli import main

ADDRESS = "https://tracker.example.org"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
KEY = re.compile(r'class="key">([^<]+)<')
WORDS = "a sentence that took a while to write"
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.proxy,
    pytest.mark.skipif(proxies.NGINX is None, reason="no nginx on this machine"),
]


class Person:
    """A browser at an address: its cookies, the token of its last form, who answered it."""

    def __init__(self, port, folder, come_from="127.0.0.2"):
        self.port, self.come_from = port, come_from
        self.trust = ssl.create_default_context(cafile=folder / proxies.CERTIFICATE)
        self.trust.check_hostname = False
        self.cookies, self.token, self.answered_by = {}, "", []

    def ask(self, method, path, form=None):
        link = http.client.HTTPSConnection(
            "127.0.0.1", self.port, source_address=(self.come_from, 0), context=self.trust,
            timeout=30,
        )  # fmt: skip
        place = f"localhost:{self.port}"
        headers = {"Host": place, "Referer": f"https://{place}{path}"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        link.request(method, path, form and urlencode(form), headers)
        answer = link.getresponse()
        text = answer.read().decode(errors="replace")
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {one.key: one.value for one in SimpleCookie(line).values()}
        self.answered_by.append(answer.headers["X-Server"])
        if found := TOKEN.search(text):
            self.token = found[1]
        link.close()
        return answer.status, answer.headers.get("Location", ""), text

    def open(self, path):
        status, _, text = self.ask("GET", path)
        assert status == 200, (status, text[:500])
        return text

    def send(self, path, **form):
        return self.ask("POST", path, form | {"csrf_token": self.token})

    def sign_in(self, password=PASSWORD, email=ANNA):
        self.open("/sign-in")
        return self.send("/sign-in", email=email, password=password)


class Site:
    """nginx in front of both; the database behind both."""

    def __init__(self, port, folder, url):
        self.port, self.folder, self.url = port, folder, url.replace("+psycopg", "")

    def person(self, come_from="127.0.0.2"):
        return Person(self.port, self.folder, come_from)

    def ask(self, statement):
        with psycopg.connect(self.url, autocommit=True) as opened:
            asked = opened.execute(statement)
            return asked.fetchall() if asked.description else []


@pytest.fixture(scope="module")
def site(postgresql_templates, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    url = postgresql_templates.copy(folder, peopled=True)
    with ExitStack() as stack:
        stack.callback(postgresql_templates.drop, url)
        ports = [proxies.free_port(), proxies.free_port()]
        for kind, port in zip(("gunicorn", "waitress"), ports, strict=True):
            instance = folder / kind
            instance.mkdir(mode=0o700)
            shutil.copy(postgresql_templates.keys, instance)
            environ = {n: text for n, text in os.environ.items() if not n.startswith("TRACKER_")}
            environ |= {
                "TRACKER_INSTANCE": str(instance), "TRACKER_DATABASE_URL": url,
                "TRACKER_ADDRESS": ADDRESS, "TRACKER_PROXIES": "1",
            }  # fmt: skip
            log = folder / f"{kind}.log"
            stack.enter_context(proxies.running(proxies.serve(kind, port), port, log, **environ))
        outside = proxies.free_port()
        command = proxies.nginx_files(balanced(folder, ports), proxies.certify(folder), outside)
        stack.enter_context(proxies.running(command, outside, folder / "nginx.log"))
        yield Site(outside, folder, url)


def balanced(folder, ports):
    """Print the file for nginx, and hand requests on to both, as the guide says."""
    printed = CliRunner().invoke(
        main, ["deploy", "nginx", "--instance", str(folder / "gunicorn"), "--port", str(ports[0])],
        env={"TRACKER_ADDRESS": ADDRESS}, catch_exceptions=False,
    )  # fmt: skip
    assert printed.exit_code == 0, printed.output
    servers = "".join(f"    server 127.0.0.1:{port};\n" for port in ports)
    alone = f"proxy_pass http://127.0.0.1:{ports[0]};"
    assert alone in printed.output
    told = "proxy_pass http://tracker;\n        add_header X-Server $upstream_addr always;"
    return f"upstream tracker {{\n{servers}}}\n" + printed.output.replace(alone, told)


def test_signing_in_with_both_steps_forms_and_drafts_go_over_both_servers(site):
    person = site.person()
    status, place, _ = person.sign_in()
    assert status == 302, status
    person.open(place)
    key = KEY.search(person.send("/second-step/set-up", setup="authenticator")[2])[1]
    used = code(key)
    status, place, text = person.send("/second-step", code=used)
    assert status == 302, text
    person.open("/second-step/recovery-codes")
    assert person.send("/second-step/recovery-codes", generate_new_codes="1")[0] == 200
    assert person.send("/account/recovery-codes/keep")[0] == 303
    person.open("/account/")
    # A code that one server took is taken by none again, a password alone opens nothing.
    other = site.person("127.0.0.3")
    other.sign_in()
    status, _, _ = other.ask("GET", "/patients/")
    assert status == 302
    for _ in range(2):
        assert other.send("/second-step", code=used)[0] == 200
    # A form that both servers get makes one patient, and its draft is kept for either.
    person.open("/patients/new")
    assert person.ask(
        "POST", "/drafts/of-page?page=/patients/new",
        {"csrf_token": person.token, "notes": WORDS, "record_number": "TWO-1"},
    )[0] == 204  # fmt: skip
    assert all(WORDS in person.open("/patients/new") for _ in range(2))
    form = {
        "record_number": "TWO-1", "given_name": "Two", "family_name": "Servers",
        "birth_date": "1980-04-03", "sex": "unknown", "once": "one-form-for-both",
    }  # fmt: skip
    statuses = [person.send("/patients/new", **form)[0] for _ in range(4)]
    assert statuses in ([302] * 4, [303] * 4), statuses
    assert site.ask("SELECT count(*) FROM patient WHERE record_number = 'TWO-1'") == [(1,)]
    assert WORDS not in person.open("/patients/new")
    # Whoever is idle for too long is so to both, and a sign-in that ends, ends for both.
    assert person.ask("GET", "/patients/")[0] == 200
    site.ask("UPDATE sign_in SET seen_at = seen_at - interval '16 minutes'")
    assert [person.ask("GET", "/patients/")[0] for _ in range(2)] == [302, 302]
    assert len(set(person.answered_by)) == 2


def test_wrong_tries_at_either_server_count_together(site):
    guesser = site.person("127.0.0.4")
    tries = [guesser.sign_in("wrong", "nobody@example.org")[0] for _ in range(12)]
    assert tries == [200] * 10 + [429] * 2
    assert len(set(guesser.answered_by)) == 2
    assert site.person("127.0.0.5").sign_in("wrong", "nobody@example.org")[0] == 200


def test_files_are_the_same_from_both_servers(site):
    person = site.person("127.0.0.6")
    sheet = re.search(r'href="(/static/[^"]+\.css)"', person.open("/sign-in"))[1]
    kept = [person.ask("GET", sheet) for _ in range(2)]
    assert kept[0] == kept[1]
    assert len(set(person.answered_by)) == 2
