from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tracker.domain.clinic.labels import UNTIL_CHOSEN, applying
from tracker.domain.clinic.treatment_settings import MEASURES, TreatmentSettings
from tracker.domain.codes import Drug
from tracker.domain.safety_checks import schedule as check_schedule
from tracker.domain.safety_checks.kinds import RULES, CheckKind
from tracker.domain.safety_checks.schedule import Exposure, TreatmentSpan

FIRST = date(2026, 1, 5)
NEW = TreatmentSpan(first_on=FIRST, last_on=FIRST)
SETTINGS = TreatmentSettings()
ALL_FINE = dict.fromkeys(CheckKind, FIRST)


def due(treatment=NEW, last=None, today=FIRST, settings=SETTINGS):
    found = check_schedule.due(treatment, last or {}, settings, today=today)
    return {one.rule.kind: (one.due_on, one.is_late) for one in found}


def test_every_check_names_its_source_and_has_a_setting():
    assert {rule.kind for rule in RULES} == set(CheckKind)
    for rule in RULES:
        assert "clinic" in rule.source_in(UNTIL_CHOSEN)
        assert MEASURES[rule.setting].lowest == 0


def test_no_check_names_the_us_label_where_it_does_not_apply():
    for country in ("IE", "CA"):
        sources = [rule.source_in(applying(country)) for rule in RULES]
        assert all("clinic" in one for one in sources)
        assert not any("US label" in one for one in sources)


def test_with_the_first_dose_every_baseline_is_due_and_nothing_is_taken_for_done():
    assert due() == {kind: (FIRST, False) for kind in CheckKind if kind is not CheckKind.EXPOSURE}
    assert all(is_late for _, is_late in due(today=FIRST + timedelta(days=1)).values())


def test_before_the_first_dose_a_baseline_is_due_by_the_day_that_is_planned():
    planned = TreatmentSpan(next_on=FIRST)
    assert due(planned, today=FIRST - timedelta(days=14))[CheckKind.LIVER] == (FIRST, False)
    assert due(planned, today=FIRST - timedelta(days=15)) == {}


def test_a_check_is_due_again_after_the_clinics_months():
    months = replace(SETTINGS, liver_months=4)
    treated = replace(NEW, last_on=date(2026, 5, 4))
    found = due(treated, ALL_FINE, date(2026, 5, 4), months)
    assert found[CheckKind.LIVER] == (date(2026, 5, 5), False)
    assert found[CheckKind.URINARY] == (date(2026, 4, 5), True)
    assert CheckKind.COGNITION not in found


def test_zero_months_ask_once_and_never_again():
    never = replace(
        SETTINGS,
        liver_months=0, urinary_months=0, cognition_months=0, craving_months=0, exposure_months=0,
    )  # fmt: skip
    later = date(2026, 12, 1)
    assert CheckKind.LIVER in due(today=later, settings=never)
    assert due(NEW, ALL_FINE, later, never) == {}


def test_the_dose_of_a_year_is_looked_at_after_its_months_of_treatment():
    treated = replace(NEW, last_on=date(2027, 1, 1))
    assert CheckKind.EXPOSURE not in due(treated, today=date(2026, 12, 21))
    assert due(treated, today=date(2026, 12, 22))[CheckKind.EXPOSURE] == (date(2027, 1, 5), False)


@pytest.mark.parametrize(
    ("treatment", "asked"),
    [
        (TreatmentSpan(), False),
        (NEW, True),
        (replace(NEW, last_on=FIRST - timedelta(days=400)), False),
        (replace(NEW, last_on=FIRST - timedelta(days=400), next_on=FIRST), True),
    ],
)
def test_who_is_not_in_treatment_is_asked_for_nothing(treatment, asked):
    assert bool(due(treatment)) is asked


def test_the_longest_due_stands_first():
    last = ALL_FINE | {CheckKind.CRAVING: date(2025, 6, 1)}
    treated = replace(NEW, last_on=date(2026, 8, 1))
    found = check_schedule.due(treated, last, SETTINGS, today=date(2026, 8, 1))
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)
    assert found[0].words == "due since 1 Sep 2025, last on 1 Jun 2025"


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 5), 12, date(2027, 12, 5)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
    ],
)
def test_months_are_counted_by_the_calendar(day, months, later):
    assert check_schedule.months_later(day, months) == later


def test_what_was_given_is_told_and_what_is_not_known_is_not_zero():
    assert check_schedule.in_words([]) == "no session"
    some = Exposure(Drug.KETAMINE, 14, Decimal("620.5"), 0)
    assert some.words == "14 sessions, 620.5 mg of racemic ketamine"
    assert replace(some, unknown=2).words.endswith("(the dose of 2 not known)")
    assert (
        Exposure(Drug.ESKETAMINE, 1, None, 1).words == "1 session, no dose on record of esketamine"
    )
