"""The headers of every answer: pages of every person, error pages, files and pictures."""

import gzip
import re

import brotli
import pytest

from tests.browsing import Browser
from tests.builders import courses
from tests.people import ADAM, ANNA, BEN
from tracker.web import addresses, headers

PAGES = {
    "nobody": ["/sign-in", "/password/forgotten", "/guide/", "/welcome/none", "/healthz"],
    ANNA: ["/today/", "/patients/", "/account/", "/people/", "/patients/1/", "/no-such-page"],
    ADAM: ["/people/", "/people/invite", "/audit/", "/account/", "/patients/", "/exports/"],
    BEN: ["/my/", "/my/download", "/account/", "/patients/", "/my/progress.svg"],
}


@pytest.fixture
def ben(cast):
    """Ben has a course and an account."""
    return courses.account(cast.console, courses.treat(cast.console))


def directives(policy: str) -> dict[str, str]:
    """Read a content security policy."""
    return dict((part.strip() + " ").split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize("who", list(PAGES))
def test_every_answer_is_dressed(browse, ben, who):
    browser = Browser(browse.app) if who == "nobody" else browse(who)
    for path in PAGES[who]:
        answer = browser.client.get(path)
        assert answer.status_code in {200, 302, 403, 404}, path
        for name, value in headers.CONSTANT.items():
            assert answer.headers.getlist(name) == [value], (path, name)
        policy = directives(answer.headers["Content-Security-Policy"])
        assert policy["default-src"].strip() == "'none'", path
        assert "unsafe-eval" not in str(policy), path
        if answer.mimetype == "image/svg+xml":
            assert "sandbox" in policy
        else:
            assert "unsafe" not in str(policy), path
        assert answer.cache_control.no_store, path  # a tablet keeps no picture of anybody either


def test_a_page_may_load_from_here_only_and_be_framed_nowhere(browse):
    policy = directives(browse.client.get("/sign-in").headers["Content-Security-Policy"])
    sources = {value.strip() for name, value in policy.items() if name.endswith("-src")}
    assert sources == {"'none'", "'self'", "'self' data:"}
    assert policy["frame-ancestors"].strip() == "'none'"
    assert policy["base-uri"].strip() == "'none'"
    assert policy["form-action"].strip() == "'self'"


def test_a_page_names_nothing_from_elsewhere(browse, ben):
    for who in (ANNA, ADAM, BEN):
        browser = browse(who)
        for path in PAGES[who]:
            text = browser.client.get(path).get_data().decode(errors="ignore")
            assert 'src="http' not in text
            assert '<link rel="stylesheet" href="http' not in text


def test_https_is_remembered_but_plain_http_is_not(browse):
    secure = browse.client.get("/sign-in", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in browse.client.get("/sign-in").headers


def test_what_serves_is_not_told(browse):
    answer = browse.client.get("/sign-in")
    assert "X-Powered-By" not in answer.headers
    assert "flask" not in str(answer.headers).lower()


def test_a_file_is_kept_for_good_by_the_address_that_pages_name(browse):
    page = browse.client.get("/sign-in").text
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(named) > 5
    for path in named:
        answer = browse.client.get(path.partition("#")[0])
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", path


@pytest.mark.parametrize("version", ["", "00000000/"])
def test_by_another_address_a_file_is_asked_for_again_so_that_no_page_mixes_old_with_new(
    browse, version
):
    """By its plain name, and by that of a version that is gone, as a page from before asks."""
    answer = browse.client.get(f"/static/{version}layouts/theme.js")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    again = {"If-None-Match": answer.headers["ETag"]}
    assert browse.client.get("/static/layouts/theme.js", headers=again).status_code == 304


def test_a_file_that_is_not_there_is_kept_by_nobody(browse):
    version = browse.app.extensions["files_version"]
    answer = browse.client.get(f"/static/{version}/layouts/none.js")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


def test_one_byte_more_is_another_version(tmp_path):
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "one.js"
    file.write_text("1")
    versions = {addresses.version_of(tmp_path)}
    for change in (
        lambda: file.write_text("12"),
        lambda: file.rename(tmp_path / "folder" / "two.js"),
        (tmp_path / "folder" / "more.css").touch,
    ):
        change()
        addresses.version_of.cache_clear()
        versions.add(addresses.version_of(tmp_path))
    assert len(versions) == 4


UNPACKED = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.mark.parametrize("way", UNPACKED)
def test_pages_and_files_are_sent_packed(browse, way):
    version = browse.app.extensions["files_version"]
    for path in ("/guide/", f"/static/{version}/layouts/site.css", "/static/layouts/icons.svg"):
        plain = browse.client.get(path)
        packed = browse.client.get(
            path, headers={"Accept-Encoding": way, "Sec-Fetch-Site": "same-origin"}
        )
        assert packed.headers["Content-Encoding"] == way, path
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert UNPACKED[way](packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 2


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_a_page_that_somebody_else_has_asked_for_is_not_packed(browse, site):
    """Its packed length would tell them a secret of it, a guess at a time."""
    headers = {"Accept-Encoding": "br, gzip"} | ({"Sec-Fetch-Site": site} if site else {})
    answer = browse.client.get("/sign-in?next=/patients/", headers=headers)
    assert "Content-Encoding" not in answer.headers


def test_a_picture_is_known_again_packed_or_not(browse, ben):
    browser = browse(BEN)
    own = {"Sec-Fetch-Site": "same-origin"}
    plain = browser.client.get("/my/progress.svg", headers=own)
    packed = browser.client.get("/my/progress.svg", headers=own | {"Accept-Encoding": "br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert packed.headers["ETag"] == plain.headers["ETag"]
    again = own | {"Accept-Encoding": "br", "If-None-Match": packed.headers["ETag"]}
    answer = browser.client.get("/my/progress.svg", headers=again)
    assert answer.status_code == 304
    assert answer.data == b""


def test_a_refused_form_and_a_wrong_method_are_dressed_too(browse):
    for answer in (browse.client.post("/sign-in"), browse.client.get("/sign-out")):
        assert answer.status_code in {400, 405}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.cache_control.no_store


def test_a_crash_shows_no_trace_and_is_dressed(browse, monkeypatch):
    from tracker.services.people import accounts

    browser = browse(ADAM)

    def crash(**_):
        raise RuntimeError("Quillfeather 1234")

    monkeypatch.setattr(accounts, "listing", crash)
    monkeypatch.setitem(browse.app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.client.get("/people/")
    assert answer.status_code == 500
    assert "Quillfeather" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"
