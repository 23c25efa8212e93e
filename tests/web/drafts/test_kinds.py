"""Every kind of draft: kept from its page, shown there again, and thrown away."""

import re
from datetime import timedelta

import pytest
import time_machine
from wtforms import HiddenField

from tests.builders import live
from tests.builders.eligibility import FINE_KETAMINE
from tests.builders.entries import under_way
from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.builders.worksheets import START as SPRAYED
from tests.builders.worksheets import recorded
from tests.people import ANNA
from tracker.services import drafts
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.sessions import commands as session_commands
from tracker.web.drafts.autosave import page_of
from tracker.web.forms import NOT_TYPED, NounForm
from tracker.web.guard import permission_of

WORDS = "Thistledown"
# For each kind of draft: a field of its form, and something typed into it.
FIELDS = {
    "record": ("escort", WORDS),
    "extra": ("escort", WORDS),
    "amend": ("escort", WORDS),
    "gate": ("escort_name", WORDS),
    "discharge": ("escort_name", WORDS),
    "sign": ("private_notes", WORDS),
    "follow-up": ("taken_on", "2026-02-27"),
    "worksheet": ("setting_city", WORDS),
    "score": ("note", WORDS),
    "answers": ("note", WORDS),
    "eligibility": ("notes", WORDS),
    "eligibility-edit": ("notes", WORDS),
}
# Kept at an address of their own: tests/web/diary.
OF_PATIENTS = {"feel", "note", "day-after"}


def in_a_chair(by):
    session_id = under_way(by)
    live.check_before(session_id, by=by)
    live.infuse(session_id, by=by)
    return session_id


def of_a_session(by, *, held):
    series_id = a_series(by, a_patient(by))
    session_id = planned(series_id)[0]
    if held:
        session_commands.record(HELD, series_id=series_id, session_id=session_id, by=by)
    return session_id


ABOUT = {
    "record": lambda by: of_a_session(by, held=False),
    "extra": lambda by: a_series(by, a_patient(by)),
    "amend": lambda by: of_a_session(by, held=True),
    "gate": lambda by: of_a_session(by, held=False),
    "discharge": in_a_chair,
    "sign": in_a_chair,
    "follow-up": lambda by: of_a_session(by, held=True),
    "worksheet": recorded,
    "score": a_patient,
    "answers": lambda by: f"{a_patient(by)}-phq9",
    "eligibility": a_patient,
    "eligibility-edit": lambda by: eligibility_commands.start(a_patient(by), FINE_KETAMINE, by=by),
}


def test_every_kind_is_walked_and_has_one_page_that_its_writers_may_open(app):
    assert set(FIELDS) | OF_PATIENTS == set(drafts.KINDS)
    pages = {}
    for endpoint, view in app.view_functions.items():
        if kind := getattr(view, "draft_kind", ""):
            pages.setdefault(kind, []).append(endpoint)
    with app.app_context():
        allowed = {kind: [permission_of(one) for one in found] for kind, found in pages.items()}
    assert allowed == {kind: [permission] for kind, (_, permission) in drafts.KINDS.items()}


@pytest.mark.parametrize("kind", FIELDS)
def test_a_draft_is_kept_from_its_page_shown_there_and_thrown_away(app, browse, cast, kind):
    afterwards = SPRAYED if kind == "worksheet" else START
    with time_machine.travel(afterwards + timedelta(minutes=130), tick=False):
        form = f"{kind}-{ABOUT[kind](cast.anna)}"
        name, text = FIELDS[kind]
        with app.test_request_context():
            page = page_of(form)
        shown = f"{page}?drug=ketamine" if kind == "eligibility" else page
        anna = browse(ANNA)
        anna.open(shown)
        assert f'data-draft-url="/drafts/{form}"' in anna.response.text
        assert text not in anna.response.text
        anna.send(f"/drafts/{form}", {name: text, "drug": "ketamine", "once": "k"}, expect=204)
        anna.open(page)
        assert text in anna.response.text
        assert "Your draft is back." in anna.page.text
        anna.send(f"/drafts/{form}/discard", {}, expect=303)
        assert anna.response.headers["Location"] == page
        anna.open(shown)
        assert text not in anna.response.text
        assert drafts.find(form, by=cast.anna) is None


def test_a_page_tells_its_script_what_is_never_kept(browse, cast):
    anna = browse(ANNA)
    anna.open(f"/patients/{a_patient(cast.anna)}/scores/new")
    [told] = re.findall('data-draft-never="(.*?)"', anna.response.text)
    assert set(told.split()) == drafts.NEVER_KEPT


def forms_of(kind):
    return [kind, *(form for one in kind.__subclasses__() for form in forms_of(one))]


def test_what_a_form_hides_is_not_given_back_as_if_it_were_typed(app):
    hidden = {
        name
        for form in forms_of(NounForm)
        for name in dir(form)
        if issubclass(getattr(getattr(form, name), "field_class", object), HiddenField)
    }
    assert {"version", "once", "seen"} <= hidden
    assert hidden - {"drug"} <= NOT_TYPED  # the drug was chosen on the page before
