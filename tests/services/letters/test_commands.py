"""What a patient chooses about e-mails: by themself, by a mailed link, or through staff."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.builders.alerts import a_check_in
from tests.builders.check_ins import themself
from tests.builders.mail import BEN
from tests.builders.patients import a_patient
from tests.stopping import stopped_at
from tracker.domain.access import Actor, Role
from tracker.domain.codes import MailTime
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.letters import commands as letter_commands
from tracker.services.letters import queries as letter_queries
from tracker.services.patients import commands as patient_commands

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 5, 17, tzinfo=UTC)  # 12:00 in New York
traveller = stopped_at(NOON)


@pytest.fixture
def patient(cast):
    return a_patient(cast.anna, email=BEN)


@pytest.fixture
def ben(cast, patient):
    return themself(cast.clinic_id, patient)


def trail():
    found = db.session.execute(
        select(AuditEvent.actor, AuditEvent.action, AuditEvent.detail)
        .where(AuditEvent.action.startswith("mail."))
        .order_by(AuditEvent.sequence)
    )
    return [tuple(line) for line in found]


def test_who_has_chosen_nothing_is_written_to_in_the_morning(cast, patient, ben):
    chosen = letter_queries.own_choice(by=ben)
    assert (chosen.address, chosen.stopped_at, chosen.mail_time) == (BEN, None, MailTime.MORNING)
    assert patient_commands.look_up(patient, by=cast.anna).mail_time is MailTime.MORNING


def test_a_patient_switches_off_and_on_and_the_hour_is_kept(cast, patient, ben):
    letter_commands.resume_mail(patient, by=ben, at=MailTime.EVENING)
    letter_commands.stop_mail(patient, by=ben)
    stopped = letter_queries.own_choice(by=ben)
    assert (stopped.stopped_at, stopped.mail_time) == (NOON, MailTime.EVENING)
    letter_commands.resume_mail(patient, by=cast.anna)
    again = patient_commands.look_up(patient, by=cast.anna)
    assert (again.mail_stopped_at, again.mail_time) == (None, MailTime.EVENING)
    anna = cast.anna.name
    assert trail() == [
        ("Ben", "mail.time-chosen", "mail_time"), ("Ben", "mail.stopped", "mail_stopped_at"),
        (anna, "mail.resumed", "mail_stopped_at"),
    ]  # fmt: skip


def test_switched_on_at_another_hour_both_are_in_the_trail(patient, ben):
    letter_commands.stop_mail(patient, by=ben)
    letter_commands.resume_mail(patient, by=ben, at=MailTime.EVENING)
    letter_commands.resume_mail(patient, by=ben, at=MailTime.EVENING)
    assert [(action, field) for _, action, field in trail()][1:] == [
        ("mail.resumed", "mail_stopped_at"), ("mail.time-chosen", "mail_time"),
        ("mail.time-chosen", "nothing"),
    ]  # fmt: skip


def test_whoever_holds_a_link_stops_the_e_mails_of_its_patient_alone(cast, patient):
    asked = a_check_in(cast.anna, patient)
    other = a_patient(cast.anna, "B-18", email=BEN)
    holder = Actor(
        None, cast.clinic_id, "holder", frozenset({Role.LINK}), patient, check_in_id=asked
    )
    letter_commands.stop_mail(patient, by=holder)
    assert patient_commands.look_up(patient, by=cast.anna).mail_stopped_at == NOON
    with pytest.raises(NotFoundError):
        letter_commands.stop_mail(other, by=holder)


def test_nobody_else_chooses_for_a_patient(cast, patient):
    stranger = themself(cast.clinic_id, a_patient(cast.anna, "B-18"))
    for other in (cast.cleo, cast.adam, stranger):
        with pytest.raises(NotFoundError):
            letter_commands.stop_mail(patient, by=other)
        with pytest.raises(NotFoundError):
            letter_commands.resume_mail(patient, by=other, at=MailTime.EVENING)
    assert trail() == []


def test_the_address_of_the_account_is_told_where_the_record_has_none(cast):
    treated = courses.treat(cast.console)
    courses.account(cast.console, treated, email="own@example.org")
    chosen = letter_queries.own_choice(by=themself(cast.clinic_id, treated.patient_id))
    assert chosen.address == "own@example.org"


def test_a_link_is_sent_again_once_however_often_somebody_presses(cast, patient):
    asked = a_check_in(cast.anna, patient)
    letter_commands.send_again(asked, by=cast.anna)
    with pytest.raises(InvalidError, match="waiting to be sent already"):
        letter_commands.send_again(asked, by=cast.anna)
    letter_commands.stop_mail(patient, by=cast.anna)
    with pytest.raises(InvalidError, match="wants no e-mails"):
        letter_commands.send_again(asked, by=cast.anna)
