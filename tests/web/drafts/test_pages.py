"""What is typed into any page is kept, for its writer alone, until it is saved: over all pages."""

import re

import pytest

from tests.builders import courses
from tests.people import ADAM, ANNA, BEN, CLEO
from tests.web.drafts.every_form import FormReader
from tests.web.test_access import scene  # noqa: F401 - a fixture with every kind of object in it
from tracker.domain.access import allows
from tracker.models import db
from tracker.models.drafts import Draft
from tracker.web.drafts import declared
from tracker.web.drafts.autosave import WITH_SECRETS
from tracker.web.guard import permission_of

WORDS = "Thistledown and a half"
FOR_TYPING = re.compile(
    r'<textarea[^>]*name="([^"]+)"|<input(?=[^>]*type="(?:text|email|tel)")[^>]*name="([^"]+)"'
)
WHAT_TO_DO = (
    "A form is kept by its page's address where it has a one-time key (`hidden(form)`) and its "
    "address is where it is sent to; else tracker/web/drafts/declared.py says why not (`unkept`)."
)


def forms(app):
    """List the pages with a form of their own: what answers GET and POST at one address."""
    rules = [r for r in app.url_map.iter_rules() if {"GET", "POST"} <= r.methods]
    return sorted((r for r in rules if not r.endpoint.startswith("security.")), key=str)


def opened(scene, browse, rule):  # noqa: F811
    """Open a page as somebody who may, or say that nobody here can."""
    permission = permission_of(rule.endpoint)
    for who in (ANNA, ADAM):
        if permission and allows(scene.people[who], permission):
            browser = browse(who)
            path = scene.fill(rule, "ben").replace("/count", "/waste")
            answer = browser.client.get(path)
            return browser, path, answer.text if answer.status_code == 200 else ""
    return None, "", ""


def typed_names(text):
    try:
        form = FormReader.of(text)
    except LookupError:
        return []
    body = next(one for one in text.split("<form")[1:] if 'name="once"' in one.split("</form")[0])
    found = [a or b for a, b in FOR_TYPING.findall(body.split("</form")[0])]
    return [name for name in found if name in form.sent and name not in {"q", "witness"}]


def test_what_keeps_drafts_of_a_kind_says_not_that_it_keeps_none(app):
    for endpoint, view in app.view_functions.items():
        assert not (getattr(view, "draft_kind", "") and declared.why_not_kept(endpoint)), endpoint


def test_what_is_typed_on_any_page_comes_back_to_its_writer_alone(scene, browse):  # noqa: F811
    tried, wrong = [], []
    for rule in forms(scene.app):
        view = scene.app.view_functions[rule.endpoint]
        if declared.why_not_kept(rule.endpoint) or rule.endpoint.startswith(WITH_SECRETS):
            continue
        browser, path, text = opened(scene, browse, rule)
        if not text or getattr(view, "draft_kind", ""):
            continue
        free = typed_names(text)
        if not free:
            continue
        if "data-page-draft-url" not in text:
            wrong.append(f"{rule}: {WHAT_TO_DO}")
            continue
        url = re.search(r'data-page-draft-url="([^"]+)"', text)[1].replace("&amp;", "&")
        token = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
        sent = FormReader.of(text).sent | dict.fromkeys(free, WORDS)
        kept = browser.client.post(url, data=sent, headers={"X-CSRFToken": token})
        again = browser.client.get(path).text
        if kept.status_code != 204 or WORDS not in again or "is back" not in again:
            wrong.append(f"{rule}: {kept.status_code}, {WORDS in again}")
        tried.append(rule.endpoint)
    assert not wrong, "\n".join(wrong)
    assert len(tried) > 20, tried
    others = {ADAM, CLEO} if scene.people[ANNA] else set()
    for who in others:
        assert WORDS not in browse(who).client.get("/patients/new").text
    whose = db.session.execute(db.select(Draft.form, Draft.patient_id)).all()
    about = [patient for form, patient in whose if "/patients/" in form and "/new" in form]
    assert scene.patients["ben"] in about


def test_a_draft_of_a_page_goes_when_its_form_is_saved(browse, cast):
    browser = browse(ANNA)
    browser.open("/patients/new")
    typed = {"record_number": "N-5", "given_name": "Nora", "family_name": "Lind"}
    page = {"page": "/patients/new"}
    browser.client.post("/drafts/of-page", query_string=page, data=typed, headers=token_of(browser))
    assert browser.open("/patients/new").value("record_number") == "N-5"
    born = typed | {"birth_date": "1980-02-03", "once": browser.page.value("once")}
    browser.send("/patients/new", born, expect=303)
    assert db.session.scalars(db.select(Draft)).all() == []
    assert browser.open("/patients/new").value("record_number") == ""


def test_a_draft_of_a_page_can_be_thrown_away_and_of_no_page_is_refused(browse, scene):  # noqa: F811
    browser = browse(ANNA)
    browser.open("/patients/new")
    for page, status in (
        ("/patients/new", 204), ("/account/e-mail", 400), ("/password/change", 400),
        ("/nowhere", 400), ("//evil.example/x", 400), ("", 400), ("/today/", 400),
        (f"/patients/{scene.patients['far']}/edit", 404),
    ):  # fmt: skip
        answer = browser.client.post(
            "/drafts/of-page", query_string={"page": page}, data={"notes": WORDS},
            headers=token_of(browser),
        )  # fmt: skip
        assert answer.status_code == status, page
    browser.send("/drafts/of-page/discard?page=/patients/new", {}, expect=303)
    assert WORDS not in browser.open("/patients/new").text
    browser.send("/drafts/of-page/discard?page=//evil.example", {}, expect=400)


def test_a_stamp_that_was_kept_still_tells_that_somebody_changed_it(browse, scene):  # noqa: F811
    from tracker.models.stock import StockLot

    lot = db.session.scalar(db.select(StockLot.id).where(StockLot.lot_number == "ben"))
    path = f"/stock/lots/{lot}/edit"
    mine, theirs = browse(ANNA), browse(ANNA)
    mine.open(path)
    sent = FormReader.of(mine.response.text).sent | {"lot_number": "MINE"}
    mine.client.post(
        "/drafts/of-page", query_string={"page": path}, data=sent, headers=token_of(mine)
    )
    theirs.open("/stock/")
    theirs.open(path)
    other = FormReader.of(theirs.response.text).sent | {"lot_number": "MINE"}
    assert other["stands"] == sent["stands"]
    db.session.execute(db.update(StockLot).where(StockLot.id == lot).values(lot_number="THEIRS"))
    db.session.commit()
    mine.open(path)
    again = FormReader.of(mine.response.text).sent
    assert again["lot_number"] == ["MINE"]
    answer = mine.client.post(path, data=again)
    assert answer.status_code == 409
    assert "THEIRS" in answer.text


def token_of(browser):
    return {"X-CSRFToken": browser.page.value("csrf_token")}


@pytest.mark.parametrize("word", ["localStorage", "sessionStorage", "indexedDB"])
def test_the_script_of_drafts_leaves_nothing_in_the_browser(app, word):
    from pathlib import Path

    script = Path(app.static_folder, "components/drafts.js").read_text()
    assert word not in script


def test_nobody_keeps_drafts_of_pages_that_they_may_not_open(cast, browse):
    """Numbers of people and lots are without end, and so would be what is kept of their pages."""
    ben = courses.treat(cast.console)
    courses.account(cast.console, ben)
    staff = [f"/patients/{ben.patient_id}/edit", "/calendar/add"]
    manage = ["/clinic/", "/people/1/change", "/stock/lots/5/edit"]
    for who, pages in ((BEN, staff + manage), (ADAM, staff), (ANNA, manage[:2])):
        for page in pages:
            browse(who).send(f"/drafts/of-page?page={page}", {"name": WORDS}, expect=400)
    assert db.session.query(Draft).count() == 0
