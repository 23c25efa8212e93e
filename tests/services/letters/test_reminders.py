"""Asking patients, telling clinicians: once each, whatever happens to the mail server."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from sqlalchemy import func, select, update

from tests.builders.alerts import a_check_in, an_alert
from tests.builders.check_ins import fill, themself
from tests.builders.mail import BEN, HERE, Post
from tests.builders.patients import a_patient, a_series
from tests.people import ANNA
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckIn
from tracker.models.clinics import Clinic
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import links as check_in_links
from tracker.services.letters import commands as letter_commands
from tracker.services.letters import forms_due, outbox
from tracker.services.people import access_changes, accounts

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 5, 17, tzinfo=UTC)  # 12:00 in New York
OWN = "nine calm geese row by"


traveller = stopped_at(NOON)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def run(post):
    return post.run


@pytest.fixture
def patient(cast):
    return a_patient(cast.anna, email=BEN)


def change(kind, row_id, **values):
    db.session.execute(update(kind).where(kind.id == row_id).values(**values))
    db.session.commit()


def links_in(post):
    return [
        line.removeprefix(f"{HERE}/links/")
        for _, _, text in post.mails
        for line in text.splitlines()
        if line.startswith(f"{HERE}/links/")
    ]


def test_an_open_check_in_is_asked_for_once(cast, patient, post, run):
    check_in = a_check_in(cast.anna, patient)
    assert run() == (1, 1, 0, 0, 0)
    assert run() == (0, 0, 0, 0, 0)
    [(address, subject, text)] = post.mails
    assert (address, subject) == (BEN, "A message from Harbour Clinic")
    assert "Ben" not in text.replace(BEN, "")
    [token] = links_in(post)
    assert check_in_links.resolve_link(token).check_in_id == check_in
    assert check_in_links.STOP_PATH.format(token=token) in text


def test_what_opens_later_is_asked_for_then(cast, patient, run, traveller):
    a_check_in(cast.anna, patient, opens_at=NOON + timedelta(hours=1))
    assert run() == (0, 0, 0, 0, 0)
    traveller.shift(timedelta(hours=1))
    assert run() == (1, 1, 0, 0, 0)


def test_one_reminder_follows_when_it_is_overdue(cast, patient, post, run, traveller):
    a_check_in(cast.anna, patient)
    run()
    traveller.shift(timedelta(days=1))
    assert run() == (0, 0, 0, 0, 0)  # due at this very moment
    traveller.shift(timedelta(minutes=1))
    assert run() == (1, 1, 0, 0, 0)
    traveller.shift(timedelta(hours=20))
    assert run() == (0, 0, 0, 0, 0)
    assert "only reminder" in post.mails[1][2]


def test_who_answered_all_and_did_not_send_it_is_told_once_after_two_hours(
    cast, patient, post, run, traveller
):
    check_in = a_check_in(cast.anna, patient)
    run()
    fill(themself(cast.anna.clinic_id, patient), check_in)
    traveller.shift(timedelta(hours=1, minutes=59))
    assert run() == (0, 0, 0, 0, 0)
    traveller.shift(timedelta(minutes=1))
    assert run() == (1, 1, 0, 0, 0)
    assert "they are not sent yet" in post.mails[1][2]
    traveller.shift(timedelta(hours=23))  # overdue by now: they were reminded already
    assert run() == (0, 0, 0, 0, 0)


def test_who_answered_in_part_is_not_told_to_send_it(cast, patient, run, traveller):
    check_in = a_check_in(cast.anna, patient)
    run()
    by = themself(cast.anna.clinic_id, patient)
    answering.begin(check_in, by=by)
    answering.save(check_in, "phq9", {"phq9_1": ("1", clock.now())}, 5, by=by)
    traveller.shift(timedelta(hours=5))
    assert run() == (0, 0, 0, 0, 0)


def test_a_run_takes_over_what_was_answered_to_the_end_and_closed(cast, patient, run, traveller):
    check_in = a_check_in(cast.anna, patient)
    fill(themself(cast.anna.clinic_id, patient), check_in)
    traveller.shift(timedelta(days=30))
    run()
    assert db.session.get_one(CheckIn, check_in).state == "done"


def test_the_link_of_the_reminder_ends_that_of_the_invitation(cast, patient, post, run, traveller):
    a_check_in(cast.anna, patient)
    run()
    traveller.shift(timedelta(days=1, minutes=1))
    run()
    first, second = links_in(post)
    assert check_in_links.resolve_link(first) is None
    assert check_in_links.resolve_link(second) is not None


def test_nobody_is_reminded_on_the_day_on_which_they_were_told(cast, patient, post, run, traveller):
    a_check_in(cast.anna, patient, due_at=NOON - timedelta(minutes=5))
    assert run() == (1, 1, 0, 0, 0)
    traveller.shift(forms_due.REMIND_AFTER)
    assert run() == (0, 0, 0, 0, 0)
    traveller.move_to(datetime(2026, 3, 6, 12, 59, tzinfo=UTC))  # 07:59 in New York, on the next
    assert run() == (1, 0, 0, 0, 1)
    traveller.shift(timedelta(minutes=1))
    assert run() == (0, 1, 0, 0, 0)
    assert len(post.mails) == 2


def test_what_closes_before_the_next_day_is_reminded_of_after_four_hours(
    cast, patient, post, run, traveller
):
    due, over = NOON - timedelta(minutes=5), NOON + timedelta(hours=20)  # 08:00 on the next day
    a_check_in(cast.anna, patient, due_at=due, closes_at=over)
    assert run() == (1, 1, 0, 0, 0)
    traveller.shift(forms_due.REMIND_AFTER - timedelta(minutes=1))
    assert run() == (0, 0, 0, 0, 0)
    traveller.shift(timedelta(minutes=1))
    assert run() == (1, 1, 0, 0, 0)
    assert len(post.mails) == 2


STOPS = {
    "done": lambda check_in, patient, series: change(CheckIn, check_in, state="done"),
    "declined": lambda check_in, patient, series: change(CheckIn, check_in, state="declined"),
    "withdrawn": lambda check_in, patient, series: change(CheckIn, check_in, state="withdrawn"),
    "closed": lambda check_in, patient, series: change(CheckIn, check_in, closes_at=NOON),
    "archived": lambda check_in, patient, series: change(Patient, patient, archived_at=NOON),
    "no mail": lambda check_in, patient, series: change(Patient, patient, mail_stopped_at=NOON),
    "no address": lambda check_in, patient, series: change(Patient, patient, email=""),
    "stopped": lambda check_in, patient, series: change(Series, series, state="stopped"),
}


@pytest.mark.parametrize("why", STOPS)
def test_a_stop_stops_what_is_to_be_queued_and_what_waits(cast, patient, post, run, why):
    series = a_series(cast.anna, patient)
    earlier = a_check_in(cast.anna, patient, series_id=series)
    post.fail = SMTPServerDisconnected("down")
    assert run() == (1, 0, 0, 1, 1)
    STOPS[why](earlier, patient, series)
    post.fail = None
    assert run() == (0, 0, 1, 0, 0)
    later = a_check_in(cast.anna, patient, series_id=series)
    STOPS[why](later, patient, series)
    assert run() == (0, 0, 0, 0, 0)
    assert post.mails == []


def test_a_clinic_that_wants_no_reminders_sends_none_but_alerts(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    an_alert(cast.anna, patient, raised_at=NOON - timedelta(hours=2))
    change(Clinic, cast.clinic_id, settings={"reminders": False})
    assert run() == (1, 1, 0, 0, 0)
    assert [address for address, _, _ in post.mails] == [ANNA]


def test_the_address_of_the_account_serves_where_the_record_has_none(cast, post, run):
    patient = a_patient(cast.anna)
    accounts.enrol(
        name="Ben", email="own@example.org", roles=[Role.PATIENT], password=OWN,
        patient_id=patient, by=cast.console,
    )  # fmt: skip
    a_check_in(cast.anna, patient)
    run()
    assert [address for address, _, _ in post.mails] == ["own@example.org"]


def test_a_letter_follows_a_corrected_address(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    post.fail = SMTPRecipientsRefused({BEN: (550, b"no such user")})
    run()
    post.fail = None
    change(Patient, patient, email="right@example.org")
    assert run() == (1, 1, 1, 0, 0)
    assert [address for address, _, _ in post.mails] == ["right@example.org"]
    change(Patient, patient, email="third@example.org")
    assert run() == (0, 0, 0, 0, 0)  # it was asked already


def test_letters_wait_for_the_end_of_the_quiet_hours(cast, patient, post, run, traveller):
    traveller.move_to(datetime(2026, 3, 6, 3, tzinfo=UTC))  # 22:00 in New York
    a_check_in(cast.anna, patient)
    an_alert(cast.anna, patient, raised_at=clock.now() - timedelta(hours=2))
    assert run() == (2, 1, 0, 0, 1)
    assert [address for address, _, _ in post.mails] == [ANNA]
    traveller.move_to(datetime(2026, 3, 6, 13, tzinfo=UTC))
    assert run() == (0, 1, 0, 0, 0)


def test_an_alert_that_waits_too_long_is_told_to_each_clinician_once(cast, patient, post, run):
    accounts.enrol(
        name="Carl", email="carl@example.org", roles=[Role.CLINICIAN, Role.ADMINISTRATOR],
        password=OWN, by=cast.console,
    )  # fmt: skip
    an_alert(cast.anna, patient, raised_at=NOON - timedelta(minutes=60))
    assert run() == (2, 2, 0, 0, 0)
    assert run() == (0, 0, 0, 0, 0)
    assert sorted(address for address, _, _ in post.mails) == [ANNA, "carl@example.org"]
    for _, subject, text in post.mails:
        assert subject == "A message from Harbour Clinic"
        assert f"{HERE}/alerts/\n" in text
        assert "Ben" not in text


def test_an_alert_is_not_told_before_its_time_nor_once_acknowledged(
    cast, patient, post, run, traveller
):
    early = an_alert(cast.anna, patient, raised_at=NOON - timedelta(minutes=59))
    assert run() == (0, 0, 0, 0, 0)
    traveller.shift(timedelta(minutes=1))
    post.fail = ConnectionRefusedError("down")
    assert run() == (1, 0, 0, 1, 1)
    alert_commands.acknowledge(early, "Called him", by=cast.anna)
    post.fail = None
    assert run() == (0, 0, 1, 0, 0)
    assert post.mails == []


def test_a_disabled_clinician_is_told_nothing(cast, patient, post, run):
    an_alert(cast.anna, patient, raised_at=NOON - timedelta(hours=2))
    post.fail = ConnectionRefusedError("down")
    run()
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    post.fail = None
    assert run() == (0, 0, 1, 0, 0)
    assert post.mails == []


def test_another_clinics_clinicians_are_told_nothing(cast, patient, post, run):
    an_alert(cast.anna, patient, raised_at=NOON - timedelta(hours=2))
    run()
    assert [address for address, _, _ in post.mails] == [ANNA]


def test_a_link_that_was_mailed_is_not_kept(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    run()
    [token] = links_in(post)
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            assert token not in repr(tuple(row))


def test_the_trail_tells_of_every_letter_and_of_no_address(cast, patient, post, run):
    check_in = a_check_in(cast.anna, patient)
    run()
    lines = db.session.scalars(select(AuditEvent)).all()
    assert {"letters.queued", "check-in.link-made", "letter.sent"} <= {li.action for li in lines}
    [sent] = [line for line in lines if line.action == "letter.sent"]
    assert (sent.subject, sent.patient_id) == (f"check-in:{check_in}", patient)
    assert (sent.actor, sent.detail) == ("tracker remind", "invitation")
    assert not any(BEN in f"{line.subject}{line.detail}" for line in lines)


def test_when_it_ran_is_kept_also_when_nothing_could_be_sent(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    post.fail = ConnectionRefusedError("down")
    run()
    assert outbox.outbox().ran_at == NOON


def test_a_patient_who_wants_mail_again_is_asked_the_next_time(cast, patient, post, run):
    letter_commands.stop_mail(patient, by=cast.anna)
    a_check_in(cast.anna, patient)
    assert run() == (0, 0, 0, 0, 0)
    letter_commands.resume_mail(patient, by=cast.anna)
    assert run() == (1, 1, 0, 0, 0)


def test_what_was_given_up_is_asked_for_when_it_is_wanted_again(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    post.fail = SMTPServerDisconnected("down")
    run()
    letter_commands.stop_mail(patient, by=cast.anna)
    assert run() == (0, 0, 1, 0, 0)
    letter_commands.resume_mail(patient, by=cast.anna)
    post.fail = None
    assert run() == (1, 1, 0, 0, 0)
    assert run() == (0, 0, 0, 0, 0)
    wanted = select(func.count()).where(AuditEvent.action == "letters.queued")
    assert db.session.scalar(wanted) == 2


def test_a_letter_that_cannot_be_sent_leaves_the_link_of_the_last_one_alone(
    cast, patient, post, run, traveller
):
    a_check_in(cast.anna, patient)
    run()
    traveller.shift(timedelta(days=1, minutes=1))
    post.fail = ConnectionRefusedError("down")
    run()
    [first] = links_in(post)
    assert check_in_links.resolve_link(first) is not None
    post.fail = None
    traveller.shift(timedelta(minutes=5))
    run()
    assert check_in_links.resolve_link(first) is None
    assert check_in_links.resolve_link(links_in(post)[1]) is not None


def test_nobody_is_reminded_while_they_answer(cast, patient, post, run, traveller):
    check_in = a_check_in(cast.anna, patient)
    run()
    traveller.shift(timedelta(days=1))
    [token] = links_in(post)
    answering.begin(check_in, by=check_in_links.resolve_link(token))
    traveller.shift(timedelta(minutes=5))
    assert run() == (0, 0, 0, 0, 0)
    assert check_in_links.resolve_link(token) is not None
    traveller.shift(forms_due.REMIND_AFTER)
    assert run() == (1, 1, 0, 0, 0)
