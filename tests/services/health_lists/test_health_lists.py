"""A patient's own lists of allergies and medicines: entered, ended, and read by what needs them."""

import csv
import io
from datetime import date

import pytest

from tests.builders.patients import a_patient
from tracker.domain.access import Actor
from tracker.domain.codes import Drug
from tracker.domain.eligibility.draft import YesNoUnknown
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.health_lists import HealthItem
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.health_lists import commands as item_commands
from tracker.services.health_lists import queries as item_queries
from tracker.services.patients import banner
from tracker.services.unit_of_work import AlreadySavedError

DAY = date(2026, 3, 1)
KIND = HealthItemKind

pytestmark = pytest.mark.both_databases


@pytest.fixture
def ben(anna: Actor) -> int:
    return a_patient(anna, birth_date=date(1980, 3, 9))


def enter(anna: Actor, ben: int, kind: HealthItemKind, name: str = "", detail: str = "") -> int:
    draft = HealthItemDraft(kind=kind, name=name, detail=detail, noted_on=DAY)
    return item_commands.add(ben, draft, by=anna)


def test_what_nobody_asked_is_told_from_none(anna, ben):
    assert item_queries.standing(ben, by=anna).allergies is None
    enter(anna, ben, KIND.NO_ALLERGIES)
    assert item_queries.standing(ben, by=anna).allergies == ()


def test_the_first_allergy_ends_that_there_is_none(anna, ben):
    enter(anna, ben, KIND.NO_ALLERGIES)
    enter(anna, ben, KIND.ALLERGY, "Penicillin", "rash")
    lists = item_queries.standing(ben, by=anna)
    assert lists.allergies_text == "Penicillin (rash)"
    ended = [one for one in item_queries.listing(ben, by=anna) if one.ended_at]
    assert [(one.kind, one.ended_reason) for one in ended] == [
        (KIND.NO_ALLERGIES, "There is one now.")
    ]
    with pytest.raises(InvalidError):
        enter(anna, ben, KIND.NO_ALLERGIES)


def test_an_entry_ends_with_its_reason_and_stays(anna, ben):
    made = enter(anna, ben, KIND.MEDICINE, "Lithium", "400 mg")
    with pytest.raises(InvalidError):
        item_commands.end(made, "\u200b", DAY, by=anna)
    item_commands.end(made, "Stopped by its prescriber", date(2026, 3, 2), by=anna)
    [row] = item_queries.listing(ben, by=anna)
    assert (row.ended_on, row.ended_by) == (date(2026, 3, 2), anna.name)
    assert item_queries.standing(ben, by=anna).medicines is None
    assert db.session.scalar(db.select(db.func.count()).select_from(HealthItem)) == 1


def test_nothing_is_noted_before_a_birth(anna, ben):
    draft = HealthItemDraft(kind=KIND.ALLERGY, name="Latex", noted_on=date(1979, 1, 1))
    with pytest.raises(InvalidError):
        item_commands.add(ben, draft, by=anna)


def test_a_second_click_enters_nothing(anna, ben):
    draft = HealthItemDraft(kind=KIND.ALLERGY, name="Latex", noted_on=DAY)
    first = item_commands.add(ben, draft, by=anna, once="key")
    with pytest.raises(AlreadySavedError) as again:
        item_commands.add(ben, draft, by=anna, once="key")
    assert again.value.result_id == first


def test_a_stranger_finds_nothing_and_the_trail_names_no_substance(cast, anna, ben):
    made = enter(anna, ben, KIND.ALLERGY, "Thistledown")
    with pytest.raises(NotFoundError):
        item_queries.listing(ben, by=cast.cleo)
    with pytest.raises(NotFoundError):
        item_commands.end(made, "No", DAY, by=cast.cleo)
    assert banner.of(ben, by=cast.cleo) is None
    assert "Thistledown" not in str(db.session.execute(db.select(AuditEvent.detail)).all())


def test_the_banner_tells_who_it_is_by_one_statement(anna, ben):
    enter(anna, ben, KIND.ALLERGY, "Penicillin", "rash")
    enter(anna, ben, KIND.ALLERGY, "Latex")
    told = banner.of(ben, by=anna)
    assert (told.name, told.record_number, told.birth_date) == (
        "PATIENT, Ben", "B-17", date(1980, 3, 9),
    )  # fmt: skip
    assert told.lists.allergies_text == "Latex, Penicillin (rash)"
    assert (told.lists.medicines_text, told.alerts) == ("not asked yet", 0)


def test_an_assessment_begins_with_the_list(anna, ben):
    assert eligibility_commands.begin_with(ben, Drug.KETAMINE, by=anna).draft.medicines == ()
    enter(anna, ben, KIND.MEDICINE, "Lithium", "400 mg")
    draft = eligibility_commands.begin_with(ben, Drug.KETAMINE, by=anna).draft
    assert draft.any_medicines is YesNoUnknown.YES
    assert [(one.name, one.dose, one.flags) for one in draft.medicines] == [
        ("Lithium", "400 mg", ())
    ]


def test_the_lists_go_out_ended_entries_among_them(anna, ben):
    made = enter(anna, ben, KIND.MEDICINE, "Lithium")
    item_commands.end(made, "Stopped", DAY, by=anna)
    text = b"".join(export_stream.stream(ExportChoice("health-lists"), by=anna)).decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["name"], row["ended_on"], row["ended_reason"]) == (
        "Lithium", "2026-03-01", "Stopped",
    )  # fmt: skip


def test_what_stands_says_when_it_was_noted_in_either_database(anna: Actor, ben: int) -> None:
    assert item_queries.standing(ben, by=anna).allergies_dated == "nothing recorded"
    enter(anna, ben, KIND.NO_ALLERGIES)
    enter(anna, ben, KIND.MEDICINE, "Lithium", "400 mg")
    lists = item_queries.standing(ben, by=anna)
    assert lists.allergies_dated == "none known, noted 1 Mar 2026"
    assert lists.medicines_dated == "Lithium (400 mg), noted 1 Mar 2026"


def test_a_list_that_was_changed_since_a_day_says_so(anna: Actor, ben: int) -> None:
    made = enter(anna, ben, KIND.MEDICINE, "Lithium")
    changed = item_queries.has_changed_since
    assert changed(ben, KIND.MEDICINE, date(2026, 2, 28))
    assert not changed(ben, KIND.MEDICINE, DAY)
    assert not changed(ben, KIND.ALLERGY, date(2026, 2, 28))
    item_commands.end(made, "Stopped", date(2026, 3, 2), by=anna)
    assert changed(ben, KIND.MEDICINE, DAY)
