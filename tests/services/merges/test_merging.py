"""Two records become one, and two again: everything moves, and everything comes back."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.builders.check_ins import ask, fill, themself
from tests.builders.merges import (
    CHECKED,
    KEPT,
    OLD,
    REASON,
    draft_of,
    put_together,
    take_apart,
    total,
    two_records,
)
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.domain.codes import MailTime, SessionState
from tracker.domain.problems import (
    ForbiddenError,
    InvalidError,
    MergedError,
    NotFoundError,
    UnseenError,
)
from tracker.models import db
from tracker.models.health_lists import HealthItem
from tracker.models.merges import PatientMerge
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import Role as RoleRow
from tracker.models.users import User
from tracker.services import unit_of_work as work
from tracker.services.audit import queries as audit_queries
from tracker.services.audit.queries import TrailFilter
from tracker.services.letters import commands as letter_commands
from tracker.services.merges import commands, moving, queries
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import search, suggestions
from tracker.services.people import access_changes
from tracker.services.safety_checks import commands as check_commands

pytestmark = pytest.mark.both_databases
time = stopped_at(courses.FIRST + timedelta(days=20))
# What a merge leaves behind by its nature: its own notes, the trail, and that somebody signs in
# anew whose sign-in was disabled.
LEFT = {"patient_merge", "patient_merge_row", "audit_event", "row_seal", "submission", "sign_in"}


@pytest.fixture
def two(cast):
    return two_records(cast)


def everything():
    """Read every row of every table that a merge must give back."""
    db.session.rollback()
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name not in LEFT:
            columns = [c for c in table.c if (table.name, c.name) != ("user", "fs_uniquifier")]
            rows = db.session.execute(select(*columns)).all()
            found[table.name] = sorted(map(repr, rows))
    db.session.rollback()
    return found


def numbers(patient_id):
    query = select(Series.id, Series.number).where(Series.patient_id == patient_id)
    return dict(map(tuple, db.session.execute(query)))


def test_every_table_of_a_patient_moves_or_says_why_it_stays():
    of_patients = {t.name for t in db.metadata.tables.values() if "patient_id" in t.c}
    moves = {moving.table_of(model).name for model in moving.MOVES}
    assert moves | moving.STAYS.keys() == of_patients
    assert not moves & moving.STAYS.keys()


def test_what_a_row_hangs_on_is_told_of_every_table_that_moves():
    moves = {moving.table_of(model): hangs_on for model, hangs_on in moving.MOVES.items()}
    for table, hangs_on in moves.items():
        refers = {
            column.name
            for column in table.c
            for key in column.foreign_keys
            if key.column.table in moves and key.column.table is not table
        }
        # An assessment before treatment, and the score that a reply became, are no part of it.
        assert refers - {"eligibility_id"} - hangs_on.keys() <= {"assessment_id"}, table.name


def test_everything_stands_with_the_kept_record_and_nothing_with_the_other(cast, two):
    sides = queries.compare(two.kept.patient_id, two.merged.patient_id, by=cast.anna).sides
    assert all(count for side in sides for _, count in side.counts.lines)
    put_together(two, cast.anna)
    after = queries.compare(two.kept.patient_id, two.merged.patient_id, by=cast.anna).sides
    assert [total(side) for side in after] == [sum(map(total, sides)), 0]
    assert sum(moving.counts(two.merged.patient_id).values()) == 0


def test_the_series_are_counted_by_their_days_and_the_numbers_before_are_told(cast, two):
    before = numbers(two.kept.patient_id)
    put_together(two, cast.anna)
    first, second = sorted(before, key=before.get)
    assert numbers(two.kept.patient_id) == {first: 1, two.merged.series_id: 2, second: 3}
    [moved] = queries.of_merged(two.merged.patient_id, by=cast.anna).series
    assert (moved.before, moved.now) == (1, 2)


def test_that_there_are_no_allergies_ends_where_the_other_record_lists_one(cast, two):
    put_together(two, cast.anna)
    standing = select(HealthItem.kind).where(HealthItem.ended_at.is_(None))
    assert list(db.session.scalars(standing)) == ["allergy"]


@pytest.mark.parametrize("of_whom", ["kept", "merged"])
def test_merged_and_taken_apart_every_row_is_as_it_was(cast, two, of_whom):
    courses.account(cast.console, two.kept)
    courses.account(cast.console, two.merged, email="other@example.org", name="Ben Patient")
    letter_commands.resume_mail(two.merged.patient_id, by=cast.anna, at=MailTime.EVENING)
    letter_commands.stop_mail(two.merged.patient_id, by=cast.anna)
    patient_commands.archive(two.merged.patient_id, "Moved away", by=cast.anna)
    before = everything()
    put_together(two, cast.anna, account_of=getattr(two, of_whom).patient_id)
    kept = patient_commands.look_up(two.kept.patient_id, by=cast.anna)
    assert kept.mail_stopped_at
    assert kept.mail_time is MailTime.EVENING  # nobody had chosen for the kept record
    assert everything() != before
    take_apart(two, cast.anna)
    assert everything() == before
    assert audit_queries.verify().intact


def test_of_three_records_the_last_merge_is_taken_apart_first(cast, two):
    third = courses.treat(cast.console, record_number="T-3")
    before = everything()
    put_together(two, cast.anna)
    last = type(two)(third, two.kept)
    put_together(last, cast.anna)
    assert search.find(OLD, by=cast.anna) == third.patient_id
    with pytest.raises(InvalidError, match=f"Record {KEPT} was merged into another one since"):
        take_apart(two, cast.anna)
    take_apart(last, cast.anna)
    assert search.find(OLD, by=cast.anna) == two.kept.patient_id
    take_apart(two, cast.anna)
    assert everything() == before


def test_what_was_recorded_since_stays_and_what_hangs_on_the_moved_goes_along(cast, two, time):
    put_together(two, cast.anna)
    time.shift(timedelta(hours=1))
    check_commands.record(two.kept.patient_id, CHECKED, by=cast.anna)
    with work.unit_of_work(cast.console) as unit:
        at = unit.now
        courses.add_session(
            cast.console, courses.Treated(two.kept.patient_id, two.merged.series_id, ()),
            number=9, recorded_at=at,
        )  # fmt: skip
        unit.audit("test.held")
    row = queries.standing(two.merged.patient_id, by=cast.anna)
    told = [one.message for one in queries.apart_findings(row)]
    assert told[1:] == [
        "Recorded since on what goes back, and goes along: 1 entry.",
        "Recorded since, and stays with the kept record: 1 entry.",
    ]
    take_apart(two, cast.anna)
    sides = queries.compare(two.kept.patient_id, two.merged.patient_id, by=cast.anna).sides
    assert [(one.counts.safety_checks, one.counts.sessions) for one in sides] == [(2, 4), (1, 3)]


def test_answers_given_since_to_what_goes_back_are_told_before_they_go_along(cast, two, time):
    asked = ask(cast.console, two.merged.patient_id, series_id=two.merged.series_id)
    put_together(two, cast.anna)
    time.shift(timedelta(hours=1))
    fill(themself(cast.clinic_id, two.kept.patient_id), asked)
    row = queries.standing(two.merged.patient_id, by=cast.anna)
    [told] = [one.message for one in queries.apart_findings(row) if "answered" in one.message]
    assert told.startswith("The patient answered 1 form since, of what goes back.")


def test_what_hangs_on_both_records_is_not_torn(cast, two):
    put_together(two, cast.anna)
    with work.unit_of_work(cast.console) as unit:
        courses.add_score(
            cast.console, courses.Treated(two.kept.patient_id, two.merged.series_id, ()),
            total=9, at=unit.now, session_id=two.kept.session_ids[0],
        )  # fmt: skip
        unit.audit("test.scored")
    before = everything()
    with pytest.raises(InvalidError, match="hangs on both records"):
        take_apart(two, cast.anna)
    assert everything() == before


def test_a_series_planned_since_takes_the_next_number(cast, two):
    put_together(two, cast.anna)
    courses.a_second_series(
        cast.console, two.kept, starts=courses.SECOND + timedelta(days=90), number=4
    )
    take_apart(two, cast.anna)
    assert sorted(numbers(two.kept.patient_id).values()) == [1, 2, 3]
    assert numbers(two.merged.patient_id) == {two.merged.series_id: 1}


def test_it_is_taken_apart_for_thirty_days_and_no_longer(cast, two, time):
    put_together(two, cast.anna)
    time.shift(timedelta(days=30))
    assert not queries.of_merged(two.merged.patient_id, by=cast.anna).problems
    time.shift(timedelta(days=1))
    with pytest.raises(InvalidError, match=r"The 30 days .* were over on"):
        take_apart(two, cast.anna)


def test_whoever_has_not_read_what_is_found_reads_it_first(cast, two):
    with pytest.raises(UnseenError) as refused:
        commands.merge(draft_of(two), by=cast.anna, seen=[])
    assert "One record lists allergies" in " ".join(f.message for f in refused.value.findings)
    put_together(two, cast.anna)
    with pytest.raises(UnseenError, match="Something is unusual"):
        commands.take_apart(two.merged.patient_id, "Two people.", by=cast.anna, seen=[])


def test_everything_that_is_missing_is_said_at_once(cast, two):
    courses.account(cast.console, two.kept)
    courses.account(cast.console, two.merged, email="other@example.org")
    with pytest.raises(InvalidError) as refused:
        put_together(two, cast.anna, reason=" ", is_sure=False)
    assert [one.field for one in refused.value.problems] == ["reason", "is_sure", "account_of"]


def test_one_record_or_an_archived_one_is_not_merged(cast, two):
    one = two.kept.patient_id
    with pytest.raises(InvalidError, match="This is one record"):
        commands.merge(draft_of(two, merged_id=one), by=cast.anna)
    patient_commands.archive(one, "Moved away", by=cast.anna)
    with pytest.raises(InvalidError, match=f"{KEPT} is archived"):
        put_together(two, cast.anna)


def test_nothing_is_merged_while_a_session_is_under_way(cast, two):
    with work.unit_of_work(cast.console) as unit:
        row = db.session.get_one(TreatmentSession, two.merged.session_ids[1])
        row.state = SessionState.UNDER_WAY.value
        unit.audit("test.begun")
    with pytest.raises(InvalidError, match=f"A session of record {OLD} is under way"):
        put_together(two, cast.anna)


def test_strangers_and_other_roles_merge_nothing(cast, two):
    far = courses.treat(cast.console, record_number="F-1")
    with pytest.raises(NotFoundError):
        commands.merge(draft_of(two), by=cast.cleo)
    with pytest.raises((ForbiddenError, NotFoundError)):
        commands.merge(draft_of(two), by=cast.adam)
    with pytest.raises((ForbiddenError, NotFoundError)):
        queries.compare(two.kept.patient_id, far.patient_id, by=cast.adam)
    with pytest.raises(NotFoundError):
        queries.compare(two.kept.patient_id, two.merged.patient_id, by=cast.cleo)
    put_together(two, cast.anna)
    with pytest.raises(NotFoundError):
        commands.take_apart(two.merged.patient_id, "Two.", by=cast.cleo)


def test_a_form_sent_twice_takes_apart_once(cast, two):
    put_together(two, cast.anna)
    merged_id, once = two.merged.patient_id, "one-time"
    commands.take_apart(merged_id, "Two.", by=cast.anna, once=once)
    with pytest.raises(work.AlreadySavedError):
        commands.take_apart(merged_id, "Two.", by=cast.anna, once=once)


def test_a_form_sent_twice_merges_once(cast, two):
    draft, once = draft_of(two), "one-time"
    commands.merge(draft, by=cast.anna, once=once)
    with pytest.raises(work.AlreadySavedError):
        commands.merge(draft, by=cast.anna, once=once)
    assert db.session.scalar(select(db.func.count()).select_from(PatientMerge)) == 1


def test_the_sign_in_goes_over_and_a_second_one_is_disabled(cast, two):
    theirs = courses.account(cast.console, two.merged)
    put_together(two, cast.anna)
    assert db.session.get(Patient, two.kept.patient_id).user_id == theirs.user_id
    take_apart(two, cast.anna)
    mine = courses.account(cast.console, two.kept, email="other@example.org")
    put_together(two, cast.anna, account_of=two.kept.patient_id)
    active = select(User.id, User.active).where(User.id.in_((mine.user_id, theirs.user_id)))
    assert dict(map(tuple, db.session.execute(active))) == {
        mine.user_id: True,
        theirs.user_id: False,
    }


def test_a_sign_in_that_a_merge_disabled_is_not_enabled_while_it_stands(cast, two):
    theirs = courses.account(cast.console, two.merged)
    courses.account(cast.console, two.kept, email="other@example.org")
    put_together(two, cast.anna, account_of=two.kept.patient_id)
    with pytest.raises(InvalidError, match="merged into another one"):
        access_changes.enable(theirs.user_id, reason="Asked for it", by=cast.adam)
    db.session.rollback()
    take_apart(two, cast.anna)
    assert db.session.get_one(User, theirs.user_id).active


def test_a_merge_shuts_nobody_out_who_also_works_here(cast, two):
    theirs = courses.account(cast.console, two.merged)
    courses.account(cast.console, two.kept, email="other@example.org")
    # As accounts may be from before a patient's account got no role of the staff.
    administrator = db.session.scalars(
        select(RoleRow).where(RoleRow.name == Role.ADMINISTRATOR.value)
    ).one()
    user = db.session.get_one(User, theirs.user_id)
    user.roles.append(administrator)
    db.session.commit()
    with pytest.raises(InvalidError, match="record M-7 is also that of somebody who works here"):
        put_together(two, cast.anna, account_of=two.kept.patient_id)
    db.session.rollback()
    put_together(two, cast.anna, account_of=two.merged.patient_id)
    assert db.session.get_one(User, theirs.user_id).active


def test_nothing_more_is_stored_for_the_merged_record(cast, two):
    put_together(two, cast.anna)
    merged_id = two.merged.patient_id
    for write in (
        lambda: check_commands.record(merged_id, CHECKED, by=cast.anna),
        lambda: patient_commands.restore(merged_id, by=cast.anna),
        lambda: courses.scored(cast.console, two.merged, (9, courses.FIRST)),
    ):
        with pytest.raises(MergedError):
            write()
    assert sum(moving.counts(merged_id).values()) == 0
    assert patient_commands.find(merged_id, by=cast.anna).merged_into_id == two.kept.patient_id


def test_the_old_number_finds_the_kept_record(cast, two):
    put_together(two, cast.anna)
    [line] = suggestions.suggest(OLD, by=cast.anna).lines
    assert (line.id, line.formerly) == (two.kept.patient_id, OLD)
    [line] = search.listing(by=cast.anna, query=KEPT).lines
    assert (line.id, line.formerly) == (two.kept.patient_id, "")
    # By the name that both have, once.
    assert [one.id for one in search.listing(by=cast.anna, query="Ben").lines] == [line.id]
    assert [one.id for one in search.listing(by=cast.anna).lines] == [line.id]


def test_lines_of_the_trail_say_what_they_said_and_are_found_by_either_number(cast, two):
    put_together(two, cast.anna)
    assert audit_queries.verify().intact
    wanted = [TrailFilter(record_number=number) for number in (KEPT, OLD)]
    found = [audit_queries.read(wanted=one, by=cast.adam).lines for one in wanted]
    assert {line.sequence for line in found[0]} == {line.sequence for line in found[1]}
    assert {line.record_number for line in found[0]} == {KEPT, OLD}


def test_the_merged_record_is_put_away_and_says_where_it_leads(cast, two):
    put_together(two, cast.anna)
    row = db.session.get_one(Patient, two.merged.patient_id)
    assert row.archived_reason == f"Merged into record {KEPT}: {REASON}"
    told = queries.of_merged(two.merged.patient_id, by=cast.anna)
    assert (told.kept_number, told.merged_by, told.reason) == (KEPT, "Anna Clinician", REASON)
    assert told.last_day == date(2026, 4, 21)
    assert isinstance(told.merged_at, datetime)
