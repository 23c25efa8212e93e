from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.builders.check_ins import PHQ9, ask, fill, link_to
from tracker.domain.access import Permission, Role, Subject, allows
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.problems import NotFoundError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckInLink
from tracker.services import clock
from tracker.services.check_ins import answer_page
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import links as check_in_links
from tracker.services.letters import commands as letter_commands


@pytest.fixture
def check_in(anna, patient):
    return ask(anna, patient)


@pytest.fixture
def traveller():
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def later(traveller, **ahead):
    traveller.shift(timedelta(**ahead))


def test_a_link_is_a_secret_of_256_bits_of_which_only_the_hash_is_kept(anna, check_in):
    token = link_to(anna, check_in)
    assert len(token) >= 43
    [row] = db.session.scalars(select(CheckInLink))
    assert row.token_hash == check_in_links.hash_of(token)
    assert len(row.token_hash) == 64
    kept = " ".join(str(value) for line in db.session.scalars(select(AuditEvent)) for value in
                    (line.action, line.subject, line.detail))  # fmt: skip
    assert token not in kept


def test_a_link_makes_its_holder_one_who_may_answer_this_check_in(anna, patient, check_in):
    holder = check_in_links.resolve_link(link_to(anna, check_in), address="192.0.2.1")
    assert holder.roles == {Role.LINK}
    assert (holder.patient_id, holder.check_in_id, holder.user_id) == (patient, check_in, None)
    assert (holder.name, holder.address) == ("holder of a link", "192.0.2.1")
    permitted = {p for p in Permission if allows(holder, p)}
    assert permitted == {Permission.CHECK_IN_ANSWER, Permission.REMINDERS_CHOOSE}
    assert not allows(holder, Permission.CHECK_IN_ANSWER, Subject(anna.clinic_id, patient, 5))


@pytest.mark.both_databases
def test_another_check_in_of_the_same_patient_is_not_there_for_the_holder(anna, patient, check_in):
    holder = check_in_links.resolve_link(link_to(anna, check_in))
    other = ask(anna, patient)
    for deed in (
        lambda: answer_page.find(other, by=holder),
        lambda: answering.begin(other, by=holder),
        lambda: answering.save(other, "phq9", {}, 0, by=holder),
        lambda: answering.finish(other, "phq9", by=holder),
        lambda: answering.decline(other, "", DeclineReason(words="No"), by=holder),
    ):
        with pytest.raises(NotFoundError):
            deed()
    assert answer_page.upcoming(check_in, by=holder) is None


@pytest.mark.parametrize("token", ["", "x" * 43, "\ud800", "0" * 5000, "a/b", "\0"])
def test_a_wrong_link_opens_nothing(anna, check_in, token):
    link_to(anna, check_in)
    assert check_in_links.resolve_link(token) is None
    assert check_in_links.addressee(token) is None


def test_following_a_link_changes_nothing(anna, check_in):
    token = link_to(anna, check_in)
    before = db.session.scalar(select(db.func.count()).select_from(AuditEvent))
    assert check_in_links.resolve_link(token) == check_in_links.resolve_link(token)
    assert db.session.scalar(select(db.func.count()).select_from(AuditEvent)) == before


@pytest.mark.both_databases
def test_a_newer_link_ends_the_older_one(anna, check_in):
    first, second = link_to(anna, check_in), link_to(anna, check_in)
    assert check_in_links.resolve_link(first) is None
    assert check_in_links.still_good(check_in_links.hash_of(first)) is None
    assert check_in_links.resolve_link(second) is not None


def test_a_link_ends_when_its_check_in_closes(anna, check_in, traveller):
    token = link_to(anna, check_in)
    later(traveller, days=4)
    assert check_in_links.resolve_link(token) is not None
    later(traveller, days=1)
    assert check_in_links.resolve_link(token) is None


@pytest.mark.both_databases
def test_a_link_lasts_fourteen_days_at_most(anna, patient, traveller):
    token = link_to(anna, ask(anna, patient, lasts=timedelta(days=60)))
    later(traveller, days=13, hours=23)
    assert check_in_links.resolve_link(token) is not None
    later(traveller, hours=2)
    assert check_in_links.resolve_link(token) is None


@pytest.mark.both_databases
def test_a_link_ends_with_the_answers_but_its_browser_may_read_the_thanks(
    anna, check_in, traveller
):
    token = link_to(anna, check_in)
    holder = check_in_links.resolve_link(token)
    fill(holder, check_in)
    assert answering.finish(check_in, "phq9", by=holder)
    assert check_in_links.resolve_link(token) is None
    browser = check_in_links.still_good(check_in_links.hash_of(token))
    assert browser.check_in_id == check_in
    with pytest.raises(answering.ClosedError):
        answering.save(check_in, "phq9", {"phq9_1": ("3", clock.now())}, 1, by=browser)
    later(traveller, minutes=31)
    assert check_in_links.still_good(check_in_links.hash_of(token)) is None


def test_a_link_ends_when_the_check_in_is_taken_back(anna, check_in, traveller):
    token = link_to(anna, check_in)
    check_in_commands.withdraw(check_in, "Planned by mistake", by=anna)
    assert check_in_links.resolve_link(token) is None
    later(traveller, minutes=31)
    assert check_in_links.still_good(check_in_links.hash_of(token)) is None


@pytest.mark.both_databases
def test_an_old_link_still_stops_the_mail_and_does_nothing_else(anna, patient, check_in):
    token = link_to(anna, check_in)
    check_in_commands.withdraw(check_in, "Planned by mistake", by=anna)
    whose = check_in_links.addressee(token)
    assert whose.patient_id == patient
    letter_commands.stop_mail(patient, by=whose)
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.roles == "link"))
    assert list(actions) == ["mail.stopped"]


@pytest.mark.both_databases
def test_the_trail_names_the_holder_of_a_link(anna, check_in):
    holder = check_in_links.resolve_link(link_to(anna, check_in))
    check_in_links.note_followed(holder)
    fill(holder, check_in)
    lines = db.session.execute(
        select(AuditEvent.action, AuditEvent.actor, AuditEvent.subject).where(
            AuditEvent.roles == "link"
        )
    ).all()
    about = f"check-in:{check_in}"
    assert [line.action for line in lines] == ["link.followed", "check-in.begun", "reply.saved"]
    assert {(line.actor, line.subject) for line in lines} == {("holder of a link", about)}
    assert len(PHQ9) == 9
