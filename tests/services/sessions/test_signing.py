"""Signing in a real database: what is signed is what was seen, whoever else is writing."""

import threading
from datetime import timedelta

import pytest

from tests.builders import live
from tests.builders.entries import under_way
from tests.builders.live import at
from tests.people import BEN, PASSWORD
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.domain.codes import SessionState
from tracker.domain.live.entries import EntryKind, Note
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.live import entry_log
from tracker.services.people import accounts, logins
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import signing
from tracker.services.unit_of_work import AlreadySavedError

NOTHING = SummaryAnswers()


clock = stopped_at(at(130))


@pytest.fixture
def chair(anna):
    """A whole session of Ben's that waits to be signed."""
    session_id = under_way(anna)
    live.check_before(session_id, by=anna)
    live.infuse(session_id, by=anna)
    live.check_after(session_id, by=anna)
    return session_id


def last(session_id):
    return entry_log.of_session(session_id)[-1].sequence


def sign(session_id, by, **values):
    told = {"sequence": last(session_id)} | values
    return signing.sign(session_id, NOTHING, by=by, **told)


@pytest.mark.both_databases
def test_the_record_is_what_the_page_showed(anna, chair):
    shown = signing.prepare_page(chair, by=anna)
    assert (shown.missing_items, shown.findings) == ((), ())
    sign(chair, anna)
    view = session_commands.find(chair, by=anna)
    assert view.draft == shown.summary
    assert view.record.state is SessionState.COMPLETED


@pytest.mark.both_databases
def test_who_signs_while_another_writes_signs_all_of_it_or_nothing(app, anna, chair):
    seen, gate, broken = last(chair), threading.Barrier(2), []

    def write():
        with app.app_context():
            gate.wait()
            try:
                live.write(chair, 129, Note(text="Came back."), by=anna)
            except InvalidError as error:
                broken.append(error)

    other = threading.Thread(target=write)
    other.start()
    gate.wait()
    try:
        sign(chair, anna, sequence=seen)
        signed = True
    except StaleError:
        signed = False
    other.join()
    db.session.expire_all()
    [*_, newest] = entry_log.of_session(chair)
    assert newest.kind is EntryKind.NOTE
    assert newest.is_late is signed
    assert broken == []


def test_more_written_since_the_page_is_told(anna, chair):
    seen = last(chair)
    live.write(chair, 129, Note(text="Came back."), by=anna)
    with pytest.raises(StaleError) as caught:
        sign(chair, anna, sequence=seen)
    assert caught.value.current_version == seen + 1
    with pytest.raises(StaleError):
        sign(chair, anna, sequence=seen + 50)
    assert session_commands.find(chair, by=anna).record.state is SessionState.UNDER_WAY


@pytest.mark.both_databases
def test_a_second_click_gets_what_the_first_made_and_a_second_signature_is_refused(anna, chair):
    sign(chair, anna, once="a-key-of-this-form")
    with pytest.raises(AlreadySavedError):
        sign(chair, anna, once="a-key-of-this-form")
    with pytest.raises(InvalidError, match="not under way"):
        sign(chair, anna)


def test_what_arrives_after_the_signature_but_was_written_before_is_taken(anna, chair, clock):
    sign(chair, anna)
    clock.shift(timedelta(minutes=5))
    live.write(chair, 120, Note(text="From the other tablet."), by=anna)
    assert entry_log.of_session(chair)[-1].is_late


def test_what_is_unusual_wants_a_comment_here_too(anna):
    session_id = under_way(anna)
    live.infuse(session_id, by=anna, mg="350")
    with pytest.raises(UncommentedError, match="350"):
        sign(session_id, anna)
    commented = SummaryAnswers(comment="Typed as 350, given 350.")
    signing.sign(session_id, commented, sequence=last(session_id), by=anna)
    assert session_commands.find(session_id, by=anna).draft.comment == "Typed as 350, given 350."


def test_a_log_that_cannot_be_is_refused_with_all_of_it(anna):
    session_id = under_way(anna)
    live.infuse(session_id, by=anna)
    live.check_after(session_id, live.leaving(left_at=at(20)), by=anna)
    with pytest.raises(InvalidError, match="would end after the patient left"):
        sign(session_id, anna)


def test_the_trail_names_who_signed(anna, cast, chair):
    sign(chair, anna)
    [line] = [
        one for one in audit_queries.read(by=cast.adam).lines if one.action == "session.signed"
    ]
    assert (line.actor, line.subject) == ("Anna Clinician", f"session:{chair}")


def test_strangers_and_patients_do_not_sign(cast, chair):
    with pytest.raises(NotFoundError):
        sign(chair, cast.cleo)
    patient_id = db.session.get_one(TreatmentSession, chair).patient_id
    ben = logins.actor_of(
        accounts.enrol(name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD,
                     patient_id=patient_id, by=cast.console)
    )  # fmt: skip
    with pytest.raises(ForbiddenError):
        sign(chair, ben)
