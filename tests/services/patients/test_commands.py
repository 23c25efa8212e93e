from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import event, func, select

from tracker.domain.codes import Indication, Occasion, Sex
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.patients import Patient, PatientVersion, PatientWord
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import search as patient_search
from tracker.services.patients import suggestions
from tracker.services.unit_of_work import AlreadySavedError


def draft(record_number="A-0012", given_name="Zoë", family_name="O'Neill", **more):
    return PatientDraft(
        record_number=record_number, given_name=given_name, family_name=family_name, **more
    )


def actions():
    return db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.sequence)).all()


def listed(query="", **more):
    return [line.id for line in patient_search.listing(query=query, **more).lines]


@pytest.fixture
def zoe(cast):
    return patient_commands.add(draft(), by=cast.anna)


@pytest.mark.both_databases
def test_what_was_entered_is_found_again(cast):
    entered = draft(
        birth_date=date(1980, 2, 29),
        sex=Sex.FEMALE,
        email="zoe@example.org",
        phone="+1 555 0100",
        indications=(Indication.DEPRESSION, Indication.CHRONIC_PAIN),
        notes="Prefers mornings.",
    )
    patient_id = patient_commands.add(entered, by=cast.anna)
    view = patient_commands.find(patient_id, by=cast.anna)
    assert view.draft == entered
    assert (view.version, view.archived_at, view.has_account, view.changed_at) == (
        1,
        None,
        False,
        None,
    )
    assert view.label == "O'Neill, Zoë"
    assert actions()[-2:] == ["patient.added", "patient.viewed"]


def test_all_problems_are_telling_moment_once(cast, zoe):
    with pytest.raises(InvalidError) as refused:
        patient_commands.add(draft(birth_date=date(2200, 1, 1), email="nonsense"), by=cast.anna)
    assert {problem.field for problem in refused.value.problems} == {
        "birth_date",
        "email",
        "record_number",
    }


def test_another_clinic_may_have_the_same_record_number(cast, zoe):
    assert patient_commands.add(draft(), by=cast.cleo) != zoe


@pytest.mark.both_databases
def test_a_number_that_was_taken_meanwhile_is_a_problem_of_its_field(cast, zoe, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr(patient_commands, "_is_taken", lambda *_: next(answers))
    with pytest.raises(InvalidError) as refused:
        patient_commands.add(draft(), by=cast.anna)
    assert [problem.field for problem in refused.value.problems] == ["record_number"]
    assert db.session.scalar(select(func.count()).select_from(Patient)) == 1


@pytest.mark.both_databases
def test_a_form_sent_twice_makes_one_patient(cast):
    made = patient_commands.add(draft(), by=cast.anna, once="key")
    with pytest.raises(AlreadySavedError) as again:
        patient_commands.add(draft("other"), by=cast.anna, once="key")
    assert again.value.result_id == made


@pytest.mark.both_databases
def test_a_change_keeps_the_earlier_version(cast, zoe):
    patient_commands.change(zoe, draft(family_name="Byrne", phone="1"), version=1, by=cast.anna)
    view = patient_commands.find(zoe, by=cast.anna)
    assert (view.label, view.version, view.changed_by) == ("Byrne, Zoë", 2, "Anna Clinician")
    kept = db.session.get_one(PatientVersion, (zoe, 1))
    assert kept.content["family_name"] == "O'Neill"
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "patient.changed")
    ).one()
    assert line.detail == "family_name phone"
    assert listed("byrne", by=cast.anna) == [zoe]
    assert listed("oneill", by=cast.anna) == []


@pytest.mark.both_databases
def test_a_birth_date_survives_in_an_earlier_version(cast):
    born = draft(birth_date=date(1980, 2, 29))
    patient_id = patient_commands.add(born, by=cast.anna)
    patient_commands.change(patient_id, draft(), version=1, by=cast.anna)
    assert db.session.get_one(PatientVersion, (patient_id, 1)).content["birth_date"] == "1980-02-29"


@pytest.mark.both_databases
def test_a_second_change_of_the_same_version_is_refused(cast, zoe):
    patient_commands.change(zoe, draft(phone="1"), version=1, by=cast.anna)
    with pytest.raises(StaleError) as stale:
        patient_commands.change(zoe, draft(phone="2"), version=1, by=cast.anna)
    assert stale.value.current_version == 2
    assert patient_commands.find(zoe, by=cast.anna).draft.phone == "1"


def test_keeping_ones_own_record_number_is_no_problem(cast, zoe):
    other = patient_commands.add(draft("B1"), by=cast.anna)
    patient_commands.change(zoe, draft(phone="1"), version=1, by=cast.anna)
    with pytest.raises(InvalidError):
        patient_commands.change(other, draft(), version=1, by=cast.anna)


@pytest.mark.both_databases
def test_an_archived_patient_is_kept_but_not_found(cast, zoe):
    patient_commands.archive(zoe, "Moved away", by=cast.anna)
    assert listed(by=cast.anna) == listed("zoe", by=cast.anna) == []
    assert [line.archived for line in suggestions.suggest("zoe", by=cast.anna).lines] == [True]
    assert listed(by=cast.anna, show="archived") == listed("zoe", by=cast.anna, show="all") == [zoe]
    view = patient_commands.find(zoe, by=cast.anna)
    assert view.archived_at is not None
    assert view.archived_reason == "Moved away"
    patient_commands.restore(zoe, by=cast.anna)
    assert listed(by=cast.anna) == [zoe]


def test_archiving_needs_a_reason(cast, zoe):
    with pytest.raises(InvalidError):
        patient_commands.archive(zoe, "  ", by=cast.anna)
    assert listed(by=cast.anna) == [zoe]


def test_strangers_find_nothing_and_administrators_do_not_read(cast, zoe):
    for verb in (
        lambda by: patient_commands.find(zoe, by=by),
        lambda by: patient_commands.change(zoe, draft(), version=1, by=by),
        lambda by: patient_commands.archive(zoe, "x", by=by),
        lambda by: patient_commands.restore(zoe, by=by),
    ):
        for stranger in (cast.cleo, cast.adam):
            with pytest.raises(NotFoundError):
                verb(stranger)
    with pytest.raises(ForbiddenError):
        patient_search.listing(by=cast.adam)
    with pytest.raises(ForbiddenError):
        suggestions.suggest("zoe", by=cast.adam)
    assert listed("zoe", by=cast.cleo) == []


def test_the_patient_themself_may_not_change_what_is_recorded(cast, zoe):
    ben = structs.replace(cast.anna, roles=frozenset({"patient"}), patient_id=zoe)
    with pytest.raises(ForbiddenError):
        patient_commands.find(zoe, by=ben)
    with pytest.raises(ForbiddenError):
        patient_commands.change(zoe, draft(), version=1, by=ben)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "query",
    [
        "zoe",
        "ZOË",
        "o'neill",
        "oneill",
        "neill zo",
        "zoe onei",
        "A-0012",
        "a0012",
        "0012 z",
        " zoë  ",
    ],
)
def test_a_patient_is_found_by_the_beginnings_of_words_in_any_order(cast, zoe, query):
    patient_commands.add(draft("B-0099", "Ann", "Other"), by=cast.anna)
    assert listed(query, by=cast.anna) == [zoe]
    assert [line.id for line in suggestions.suggest(query, by=cast.anna).lines] == [zoe]


@pytest.mark.both_databases
@pytest.mark.parametrize("query", ["oe", "zoe x", "%", "_", "zoe%", "A-0013", "'"])
def test_nobody_is_found_by_what_is_not_theirs(cast, zoe, query):
    found = listed(query, by=cast.anna)
    assert found == ([zoe] if query == "zoe%" else [])


@pytest.mark.both_databases
def test_somebody_with_two_fitting_words_is_found_once(cast):
    anders = patient_commands.add(draft("1", "Anna Andrea", "Anders"), by=cast.anna)
    assert listed("an", by=cast.anna) == [anders]
    assert len(suggestions.suggest("an", by=cast.anna).lines) == 1


@pytest.mark.both_databases
def test_a_search_says_that_there_are_more(cast, monkeypatch):
    monkeypatch.setattr(patient_search, "FOUND_MAX", 2)
    for number in "123":
        patient_commands.add(draft(number), by=cast.anna)
    found = patient_search.listing(query="zoe", by=cast.anna)
    assert (len(found.lines), found.more) == (2, True)


NAMES = st.text(
    st.characters(categories=["L", "M", "Zs", "Nd"], include_characters="-'."), max_size=20
)


@pytest.mark.both_databases
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_beginnings_of_any_words_in_any_order_find_the_patient(cast, data):
    number = f"N{data.draw(st.integers(0, 10**12))}x{len(actions())}"
    names = data.draw(NAMES), data.draw(NAMES)
    patient_id = patient_commands.add(draft(number, *names), by=cast.anna)
    words = [word for name in names for word in name.split()]
    some = [word[: data.draw(st.integers(1, len(word)))] for word in words]
    typed = data.draw(
        st.permutations([*some, data.draw(st.sampled_from([number, number.lower()]))])
    )
    assert listed(" ".join(typed), by=cast.anna) == [patient_id]


@pytest.mark.both_databases
def test_the_words_of_a_patient_are_kept_as_they_are_typed(cast, zoe):
    words = db.session.scalars(select(PatientWord.word).where(PatientWord.patient_id == zoe))
    assert set(words) == {"zoe", "o", "neill", "oneill", "a", "0012", "a0012"}


@pytest.fixture
def many(cast):
    names = [(f"{n:03}", f"Given{n % 7}", f"Family{n % 11}") for n in range(60)]
    return {patient_commands.add(draft(*name), by=cast.anna) for name in names}


@pytest.mark.both_databases
def test_paging_visits_everybody_once_and_finds_the_way_back(cast, many):
    seen, after, befores = [], "", []
    while True:
        page = patient_search.listing(by=cast.anna, after=after)
        seen += page.lines
        befores.append(page.previous)
        if not page.next:
            break
        after = page.next
    assert len(seen) == len(many)
    assert {line.id for line in seen} == many
    labels = [line.label.lower() for line in seen]
    assert labels == sorted(labels)
    assert befores[0] == ""
    back = patient_search.listing(by=cast.anna, before=befores[2])
    assert back.lines == tuple(seen[25:50])
    first = patient_search.listing(by=cast.anna, before=back.previous)
    assert first.lines == tuple(seen[:25])
    assert first.previous == ""


def test_a_line_shows_the_last_score_and_its_change(cast, zoe):
    for day, total in ((1, 18), (9, 9)):
        db.session.add(
            Assessment(
                clinic_id=cast.clinic_id, patient_id=zoe, instrument="phq9",
                instrument_version="1", total=Decimal(total), occasion=Occasion.WEEKLY.value,
                taken_at=datetime(2026, 3, day, 12, tzinfo=UTC), time_known=True,
                recorded_at=datetime(2026, 3, day, 12, tzinfo=UTC), recorded_by="Anna",
            )
        )  # fmt: skip
    db.session.commit()
    (line,) = patient_search.listing(by=cast.anna).lines
    assert line.state.status.last.startswith("PHQ-9 9, mild")
    assert len(line.state.status.points) == 2


def test_a_page_of_many_takes_as_few_queries_as_a_page_of_one(cast, many):
    counted = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: counted.append(call[2]))
    patient_search.listing(by=cast.anna)
    reads = [statement for statement in counted if "audit_event" not in statement]
    assert len([s for s in reads if s.startswith("SELECT")]) <= 7


@pytest.mark.both_databases
def test_a_number_that_no_database_takes_is_said_at_its_field(app, cast):
    for act in (patient_commands.problems, patient_commands.add):
        try:
            found = act(draft("A\0B"), by=cast.anna)
        except InvalidError as error:
            found = error.problems
        assert {problem.field for problem in found} == {"record_number"}
