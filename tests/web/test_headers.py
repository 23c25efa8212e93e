"""The headers of every answer: pages of every person, error pages, files and pictures."""

import pytest

from tests.browsing import Browser
from tests.builders import courses
from tests.people import ADAM, ANNA, BEN
from tracker.web import headers

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
            assert answer.cache_control.private, path
        else:
            assert "unsafe" not in str(policy), path
            assert answer.cache_control.no_store, path


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


def test_files_are_asked_for_again_so_that_no_page_mixes_old_with_new(browse):
    answer = browse.client.get("/static/layouts/theme.js")
    assert answer.cache_control.no_cache
    assert not answer.cache_control.no_store
    again = {"If-None-Match": answer.headers["ETag"]}
    assert browse.client.get("/static/layouts/theme.js", headers=again).status_code == 304


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
