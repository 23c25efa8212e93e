"""All that waits for a person is one e-mail: nothing is told twice, and nothing is lost."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from tests.builders import courses
from tests.builders.alerts import a_check_in
from tests.builders.check_ins import fill, themself
from tests.builders.clinics import set_planning
from tests.builders.courses import Treated
from tests.builders.mail import BEN, HERE, Post
from tests.builders.merges import Two, put_together
from tests.builders.patients import a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import MailTime, SessionState
from tracker.domain.series.placing import SessionPlan
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.letters import Letter
from tracker.models.patients import Patient
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import links as check_in_links
from tracker.services.letters import commands as letter_commands
from tracker.services.letters import outbox
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import planning
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 1, 17, tzinfo=UTC)  # 12:00 in New York
MON = date(2026, 3, 2)
NOTHING = (0, 0, 0, 0, 0)
EXPECTED = "expects you tomorrow, 2 Mar 2026, at 10:00."
ASKED = "has some short questions for you"
traveller = stopped_at(NOON)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def patient(cast):
    return a_patient(cast.anna, email=BEN)


@pytest.fixture
def visit(cast, patient):
    [made, _] = planned(a_series(cast.anna, patient, sessions=2, schedule=[]))
    move(made, MON, cast.anna)
    return made


def move(session_id, day, by, at=time(10)):
    planning.change(session_id, SessionPlan(planned_on=day, planned_time=at, chair=""), by=by)


def cancel(session_id, by):
    life_steps.cancel_or_miss(session_id, SessionState.CANCELLED, "Snow", by=by)


def links_in(text):
    return re.findall(rf"^{HERE}/links/(\S+)$", text, re.M)


def told():
    """List what is in the trail as told, and what stands in the copy of the record."""
    lines = select(AuditEvent.subject, AuditEvent.detail).where(AuditEvent.action == "letter.sent")
    rows = select(Letter.about, Letter.kind).where(Letter.sent_at.is_not(None))
    found = sorted(tuple(row) for row in db.session.execute(lines))
    assert found == sorted(tuple(row) for row in db.session.execute(rows))
    return found


def test_forms_and_the_visit_of_tomorrow_are_one_e_mail_and_each_is_recorded(
    cast, patient, visit, post
):
    forms = [a_check_in(cast.anna, patient) for _ in range(2)]
    assert post.run() == (3, 3, 0, 0, 0)
    assert post.run() == NOTHING
    [(address, subject, text)] = post.mails
    assert (address, subject) == (BEN, "A message from Harbour Clinic")
    assert EXPECTED in text
    assert text.count(ASKED) == 1
    opened = [check_in_links.resolve_link(token).check_in_id for token in links_in(text)]
    assert sorted(opened) == sorted(forms)
    assert told() == sorted(
        [(f"session:{visit}:202603021000", "day-before"),
         *((f"check-in:{form}", "invitation") for form in forms)]
    )  # fmt: skip


def test_who_was_told_in_the_morning_is_told_only_what_is_new_in_the_afternoon(
    cast, patient, visit, post, traveller
):
    a_check_in(cast.anna, patient)
    traveller.move_to(NOON - timedelta(hours=4))
    a_check_in(cast.anna, patient)
    assert post.run()[1] == 2
    traveller.move_to(NOON + timedelta(hours=2))
    for _ in range(3):
        traveller.shift(timedelta(minutes=5))
        post.run()
    assert len(post.mails) == 2
    assert EXPECTED not in post.mails[1][2]
    assert len(links_in(post.mails[1][2])) == 1
    moved = MON + timedelta(days=7)
    move(visit, moved, cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    assert "has moved to 9 Mar 2026" in post.mails[2][2]
    assert ASKED not in post.mails[2][2]


def test_when_the_server_refuses_all_of_it_waits_and_leaves_as_one(cast, patient, visit, post):
    form = a_check_in(cast.anna, patient)
    post.fail = ConnectionRefusedError("down")
    assert post.run() == (2, 0, 0, 2, 2)
    assert (post.tried, told()) == (1, [])
    later = a_check_in(cast.anna, patient)
    post.fail = None
    assert post.run() == (1, 3, 0, 0, 0)
    [(_, _, text)] = post.mails
    opened = [check_in_links.resolve_link(token).check_in_id for token in links_in(text)]
    assert sorted(opened) == sorted([form, later])
    assert EXPECTED in text


def test_what_is_true_no_more_is_left_out_and_the_rest_is_told(cast, patient, visit, post):
    done = a_check_in(cast.anna, patient)
    post.fail = ConnectionRefusedError("down")
    post.run()
    check_in_commands.withdraw(done, "Mistake", by=cast.anna)
    post.fail = None
    assert post.run() == (0, 1, 1, 0, 0)
    [(_, _, text)] = post.mails
    assert EXPECTED in text
    assert ASKED not in text


def test_what_changed_is_told_with_what_waits(cast, patient, visit, post, traveller):
    assert post.run()[1] == 1
    traveller.shift(timedelta(hours=1))
    a_check_in(cast.anna, patient)
    cancel(visit, cast.anna)
    assert post.run() == (2, 2, 0, 0, 0)
    text = post.mails[-1][2]
    assert text.index("does not take place") < text.index(ASKED)


def test_a_form_that_was_asked_for_and_is_not_sent_is_told_once(cast, patient, post, traveller):
    form = a_check_in(cast.anna, patient)
    post.fail = ConnectionRefusedError("down")
    post.run()
    fill(themself(cast.clinic_id, patient), form)
    traveller.shift(timedelta(hours=2))
    post.fail = None
    assert post.run() == (1, 2, 0, 0, 0)
    [(_, _, text)] = post.mails
    assert "they are not sent yet" in text
    assert ASKED not in text
    assert len(links_in(text)) == 1
    assert told() == [(f"check-in:{form}", "invitation"), (f"check-in:{form}", "unsent")]


def test_a_letter_about_what_is_nowhere_is_given_up_and_keeps_nothing_back(cast, patient, post):
    with unit_of_work(cast.console) as unit:
        outbox.queue(
            unit, clinic_id=cast.clinic_id, kind="invitation", about="check-in:7", address=BEN,
            not_before=NOON,
        )  # fmt: skip
        unit.audit("test.queued")
    a_check_in(cast.anna, patient)
    assert post.run() == (1, 1, 1, 0, 0)


def test_two_people_with_one_mailbox_get_an_e_mail_each(cast, patient, post):
    other = a_patient(cast.anna, "B-18", email=BEN)
    mine, theirs = a_check_in(cast.anna, patient), a_check_in(cast.anna, other)
    assert post.run() == (2, 2, 0, 0, 0)
    opened = [check_in_links.resolve_link(*links_in(text)).check_in_id for _, _, text in post.mails]
    assert sorted(opened) == sorted([mine, theirs])


@pytest.fixture
def two(cast):
    """One person under two numbers, each with an address of its own, a form and a visit."""
    found = []
    for number, email in (("K-1", BEN), ("M-7", "old@example.org")):
        patient_id = a_patient(cast.anna, number, email=email)
        series_id = a_series(cast.anna, patient_id, schedule=[])
        [first, _] = planned(series_id)
        move(first, MON, cast.anna)
        a_check_in(cast.anna, patient_id)
        found.append(Treated(patient_id, series_id, (first,)))
    return Two(*found)


def test_after_a_merge_one_e_mail_tells_what_waited_for_both_records(cast, two, post):
    post.fail = ConnectionRefusedError("down")
    assert post.run() == (4, 0, 0, 4, 4)
    put_together(two, cast.anna)
    post.fail = None
    assert post.run() == (2, 4, 2, 0, 0)  # what was queued for the old address is for the new one
    [(address, _, text)] = post.mails
    assert address == BEN
    assert text.count("expects you") == 1
    assert len(links_in(text)) == 2
    assert post.run() == NOTHING


def test_what_was_told_before_a_merge_is_taken_back_after_it(cast, two, post, traveller):
    assert post.run() == (4, 4, 0, 0, 0)
    assert {address for address, _, _ in post.mails} == {BEN, "old@example.org"}
    put_together(two, cast.anna)
    traveller.shift(timedelta(hours=1))
    assert post.run() == NOTHING
    cancel(two.merged.session_ids[0], cast.anna)
    assert post.run() == NOTHING  # the other one, at the same time, stands
    move(two.kept.session_ids[0], MON, cast.anna, at=time(15))
    assert post.run() == (2, 2, 0, 0, 0)
    [_, _, (address, _, text)] = post.mails
    assert address == BEN
    assert "has moved to 2 Mar 2026 at 15:00" in text


def change(patient_id, **values):
    db.session.execute(update(Patient).where(Patient.id == patient_id).values(**values))
    db.session.commit()


# Who chose the evening.


@pytest.fixture
def evening(cast, patient):
    letter_commands.resume_mail(patient, by=cast.anna, at=MailTime.EVENING)


def test_who_chose_the_evening_is_told_all_then_and_the_visit_is_not_lost(
    cast, patient, visit, evening, post, traveller
):
    a_check_in(cast.anna, patient)
    assert post.run() == (2, 0, 0, 0, 2)
    traveller.move_to(NOON + timedelta(hours=5, minutes=59))
    assert post.run() == (0, 0, 0, 0, 2)
    traveller.shift(timedelta(minutes=1))
    assert post.run() == (0, 2, 0, 0, 0)
    [(_, _, text)] = post.mails
    assert EXPECTED in text
    assert ASKED in text


def test_what_is_off_is_told_at_once_with_all_that_waits_for_the_evening(
    cast, patient, visit, evening, post, traveller
):
    traveller.move_to(NOON + timedelta(hours=6))
    assert post.run()[1] == 1
    traveller.move_to(NOON + timedelta(hours=20))  # 08:00 on the day
    a_check_in(cast.anna, patient)
    assert post.run() == (1, 0, 0, 0, 1)
    cancel(visit, cast.anna)
    assert post.run() == (1, 2, 0, 0, 0)


def test_a_form_that_closes_before_the_evening_is_asked_for_in_the_day(
    cast, patient, evening, post
):
    a_check_in(cast.anna, patient, closes_at=NOON + timedelta(hours=5))
    assert post.run() == (1, 1, 0, 0, 0)


def test_a_link_that_staff_send_again_does_not_wait_for_the_evening(cast, patient, evening, post):
    form = a_check_in(cast.anna, patient)
    assert post.run() == (1, 0, 0, 0, 1)
    letter_commands.send_again(form, by=cast.anna)
    assert post.run() == (0, 2, 0, 0, 0)
    [(_, _, text)] = post.mails
    assert len(links_in(text)) == 1


def test_a_visit_that_could_not_be_told_in_the_evening_is_told_in_the_morning(
    cast, visit, evening, post, traveller
):
    traveller.move_to(NOON + timedelta(hours=6))
    post.fail = ConnectionRefusedError("down")
    assert post.run() == (1, 0, 0, 1, 1)
    post.fail = None
    traveller.move_to(NOON + timedelta(hours=9))  # 21:00: the quiet hours hold
    assert post.run() == (0, 0, 0, 0, 1)
    traveller.move_to(NOON + timedelta(hours=20))  # 08:00 on the day
    assert post.run() == (0, 1, 0, 0, 0)
    assert "expects you today, 2 Mar 2026, at 10:00." in post.mails[0][2]
    traveller.shift(timedelta(minutes=5))
    cancel(visit, cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("told", ["", "Eat nothing for four hours."])
def test_how_to_prepare_is_on_the_page_only_where_the_clinic_says_it(
    cast, post, patient, visit, told
):
    set_planning(cast.clinic_id, preparation=told)
    courses.account(cast.console, Treated(patient, 0, ()))
    assert post.run() == (1, 1, 0, 0, 0)
    assert (f"How to prepare is on your page: {HERE}/my/" in post.mails[0][2]) is bool(told)


def test_who_signs_in_is_told_where_e_mails_are_chosen(cast, post):
    treated = courses.treat(cast.console, email=BEN)
    courses.account(cast.console, treated)
    a_check_in(cast.anna, treated.patient_id)
    post.run()
    assert f"{HERE}/account/reminders" in post.mails[0][2]
