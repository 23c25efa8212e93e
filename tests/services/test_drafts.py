import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.builders.patients import HELD, a_patient, a_series, planned
from tracker.domain.problems import NotFoundError
from tracker.models import db
from tracker.services import drafts
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases

TYPED = {"private_notes": ["Zoë said: \u0000 “enough”"], "once": ["k"], "csrf_token": ["t"]}
TYPED |= {"version": ["3"]}  # of the record that the draft is about


@pytest.fixture
def one(cast):
    return planned(a_series(cast.anna, a_patient(cast.anna)))[0]


def test_what_was_typed_comes_back_to_who_typed_it(cast, one):
    drafts.keep(f"record-{one}", TYPED, by=cast.anna)
    kept = drafts.find(f"record-{one}", by=cast.anna)
    assert kept.content == {"private_notes": TYPED["private_notes"], "version": ["3"]}
    assert drafts.find(f"record-{one}", by=cast.adam) is None


def test_a_later_draft_takes_the_place_of_an_earlier_one(cast, one):
    drafts.keep(f"record-{one}", {"escort": ["a"]}, by=cast.anna)
    drafts.keep(f"record-{one}", {"escort": ["ab"]}, by=cast.anna)
    assert drafts.find(f"record-{one}", by=cast.anna).content == {"escort": ["ab"]}


def test_a_draft_is_thrown_away(cast, one):
    drafts.keep(f"record-{one}", TYPED, by=cast.anna)
    drafts.discard(f"record-{one}", by=cast.anna)
    assert drafts.find(f"record-{one}", by=cast.anna) is None


@pytest.mark.parametrize(
    "form", ["", "record", "record-x", "password-1", "record-1", "record-9" * 20]
)
def test_only_known_forms_about_known_records_keep_drafts(cast, form):
    with pytest.raises(NotFoundError):
        drafts.keep(form, TYPED, by=cast.anna)


def test_nobody_keeps_a_draft_about_a_stranger(cast, one):
    for by in (cast.cleo, cast.adam):
        with pytest.raises(NotFoundError):
            drafts.keep(f"record-{one}", TYPED, by=by)


def test_saving_the_form_drops_its_draft(cast):
    series = a_series(cast.anna, a_patient(cast.anna))
    form = f"extra-{series}"
    drafts.keep(form, TYPED, by=cast.anna)
    session_commands.record(HELD, series_id=series, by=cast.anna, form=form)
    assert drafts.find(form, by=cast.anna) is None


def test_two_windows_keep_at_once_and_neither_fails(app, cast, one):
    gate = threading.Barrier(4)

    def keep(number):
        with app.app_context():
            gate.wait()
            try:
                drafts.keep(f"record-{one}", {"escort": [str(number)]}, by=cast.anna)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as windows:
        list(windows.map(keep, range(4)))  # raises what any of them raised
    assert drafts.find(f"record-{one}", by=cast.anna) is not None


def test_what_is_kept_while_its_form_is_being_saved_does_not_outlive_it(app, cast, one):
    """The draft is on its way already when the save asks for it: one of both waits."""
    form, is_sent = f"record-{one}", threading.Event()

    def save():
        with app.app_context(), unit_of_work(cast.anna) as unit:
            unit.once("k")
            unit.mark_saved("k", one, form=form)
            unit.audit("test.written")
            db.session.flush()
            is_sent.set()
            time.sleep(0.3)  # the draft comes in here

    def keep():
        with app.app_context():
            is_sent.wait()
            drafts.keep(form, TYPED, by=cast.anna)
            db.session.remove()

    db.session.commit()
    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(save), both.submit(keep)]:
            done.result()
    assert drafts.find(form, by=cast.anna) is None
