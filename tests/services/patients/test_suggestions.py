"""Who is suggested while somebody types, and whom they looked at last."""

from datetime import date

import pytest
from sqlalchemy import delete, func, select

from tracker.domain import date_format
from tracker.domain.date_format import DateFormat, DayOrder
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import ForbiddenError
from tracker.models import db
from tracker.models.patients import PatientWord
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import search as patient_search
from tracker.services.patients import search_words, suggestions

pytestmark = pytest.mark.both_databases


@pytest.fixture
def darcy(cast):
    return enter(cast, "A-1", "Seán", "O\u2019Brien-D'Arcy", date(1980, 4, 3))


def enter(cast, number, given, family, born=None):
    draft = PatientDraft(
        record_number=number, given_name=given, family_name=family, birth_date=born
    )
    return patient_commands.add(draft, by=cast.anna)


def found(cast, query):
    return [line.id for line in suggestions.suggest(query, by=cast.anna).lines]


@pytest.mark.parametrize(
    "query",
    [
        "darcy", "d'arcy", "D\u2019ARCY", "obrien", "o'brien", "O\u00b4Brien", "brien",
        "obriendarcy",
        "o'brien-d'arcy", "sean darcy", "darcy seán", "a1",
        "1980-04-03", "03/04/1980", "3.4.1980", "3/4/80", "3 Apr 1980", "3 April 1980",
        "April 3, 1980", "darcy 3/4/1980", "3-4-1980 sean",
    ],
)  # fmt: skip
def test_somebody_is_found_however_they_are_typed(cast, darcy, query):
    enter(cast, "B-2", "Sean", "Other", date(1980, 3, 4))
    assert found(cast, query) == [darcy]


@pytest.mark.parametrize(
    "query", ["4/3/1980", "1980-04-30", "31/2/1980", "arcybrien", "darcy 1981-04-03"]
)
def test_nobody_is_found_by_another_day_or_name(cast, darcy, query):
    assert found(cast, query) == []


def test_a_day_is_read_in_the_clinics_order(cast, darcy):
    date_format.using(DateFormat(days=DayOrder.MONTH_FIRST))
    try:
        assert found(cast, "4/3/1980") == [darcy]
        assert found(cast, "3/4/1980") == []
        assert found(cast, "1980-04-03") == [darcy]
    finally:
        date_format.using(DateFormat())


def test_a_record_number_that_looks_like_a_day_is_found(cast):
    one = enter(cast, "12-3-80", "Ann", "Other", date(1950, 1, 1))
    assert found(cast, "12-3-80") == [one]


def test_a_birth_date_finds_in_the_list_too(cast, darcy):
    lines = patient_search.listing(by=cast.anna, query="3/4/1980").lines
    assert [line.id for line in lines] == [darcy]


def test_the_current_ones_come_before_the_archived(cast):
    first, second = (enter(cast, n, "Ann", f) for n, f in (("1", "Abel"), ("2", "Zorn")))
    patient_commands.archive(first, "Moved away", by=cast.anna)
    lines = suggestions.suggest("ann", by=cast.anna).lines
    assert [(line.id, line.archived) for line in lines] == [(second, False), (first, True)]


def test_only_one_is_the_one_that_is_opened(cast, darcy):
    assert suggestions.suggest("darcy", by=cast.anna).only.id == darcy
    assert suggestions.suggest("nobody", by=cast.anna).only is None
    enter(cast, "B-2", "Sean", "Darcy")
    assert suggestions.suggest("darcy", by=cast.anna).only is None


def test_more_than_fit_are_said(cast):
    for number in range(suggestions.SHOWN_MAX + 1):
        enter(cast, str(number), "Ann", "Same")
    some = suggestions.suggest("same", by=cast.anna)
    assert (len(some.lines), some.more) == (suggestions.SHOWN_MAX, True)


def test_whom_one_looked_at_last_comes_first_and_once(cast, darcy):
    ann = enter(cast, "2", "Ann", "Abel")
    gone = enter(cast, "3", "Gone", "Away")
    for one in (darcy, ann, gone, darcy):
        patient_commands.find(one, by=cast.anna)
    patient_commands.archive(gone, "Moved away", by=cast.anna)
    assert [line.id for line in suggestions.recent(by=cast.anna).lines] == [darcy, ann]
    assert suggestions.recent(by=cast.cleo).lines == ()
    with pytest.raises(ForbiddenError):
        suggestions.recent(by=cast.adam)


def test_words_that_an_older_program_did_not_make_are_added_once(cast, darcy):
    everything = set(db.session.scalars(select(PatientWord.word)))
    lacking = ("darcy", "=1980-04-03")
    assert everything.issuperset(lacking)
    db.session.execute(delete(PatientWord).where(PatientWord.word.in_(lacking)))
    db.session.commit()
    assert found(cast, "darcy") == []
    assert search_words.refresh(db.session.connection()) == 2
    db.session.commit()
    assert set(db.session.scalars(select(PatientWord.word))) == everything
    assert search_words.refresh(db.session.connection()) == 0
    assert db.session.scalar(select(func.count()).select_from(PatientWord)) == len(everything)


def test_a_changed_birth_date_is_found_and_the_old_one_is_not(cast, darcy):
    draft = PatientDraft(record_number="A-1", family_name="D'Arcy", birth_date=date(1981, 5, 6))
    patient_commands.change(darcy, draft, version=1, by=cast.anna)
    assert found(cast, "6/5/1981") == [darcy]
    assert found(cast, "3/4/1980") == []
