from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.builders.worksheets import START, facts, serious_session, whole_session
from tracker.domain.codes import Drug, Route
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets.editions import FIELDS, FORM_VERSIONS, Kind, Need, Section, fields_of
from tracker.domain.worksheets.form import Channel, PrefilledValue, WorksheetState, fill
from tracker.domain.worksheets.prefill import prefill

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


def by_code(lines):
    return {line.field.code: line for line in lines}


def test_each_version_asks_what_the_reference_says():
    old = {field.code for field in fields_of("2021/24")}
    now = {field.code for field in fields_of("2026")}
    assert old - now == {"maois", "ready_minutes", "vitals_ok_before", "vitals_ok_after"}
    assert now - old == {
        "first_treatment", "rems_enrolled", "opioids", "oximetry", "oximetry_readings",
        "respiratory",
    }  # fmt: skip


def test_a_field_is_known_by_one_code_and_names_its_source():
    assert len({field.code for field in FIELDS}) == len(FIELDS)
    assert all(field.source and field.label for field in FIELDS)
    assert all(field.choices for field in FIELDS if field.kind is Kind.CHOICE)


def test_a_follow_up_hangs_on_a_field_that_its_form_asks():
    for version in FORM_VERSIONS:
        codes = {field.code for field in fields_of(version)}
        assert {f.asked_if[0] for f in fields_of(version) if f.asked_if} <= codes


def test_an_unknown_version_is_an_error():
    with pytest.raises(KeyError):
        fields_of("1999")


@pytest.mark.parametrize(
    ("drug", "route", "due"),
    [
        (Drug.ESKETAMINE, Route.NASAL, True),
        (Drug.ESKETAMINE, Route.IV, False),
        (Drug.KETAMINE, Route.NASAL, False),
    ],
)
def test_a_form_is_due_after_nasal_esketamine_alone(drug, route, due):
    assert worksheet_form.is_due_for(drug, route) is due


class TestDue:
    def test_a_fridays_session_is_due_by_the_next_friday(self):
        assert worksheet_form.due_on(datetime(2026, 3, 6, 15, tzinfo=UTC), NEW_YORK) == date(
            2026, 3, 13
        )

    def test_over_the_end_of_a_month_and_a_year(self):
        assert worksheet_form.due_on(datetime(2026, 1, 28, 15, tzinfo=UTC), NEW_YORK) == date(
            2026, 2, 4
        )
        assert worksheet_form.due_on(datetime(2026, 12, 28, 15, tzinfo=UTC), BERLIN) == date(
            2027, 1, 4
        )
        assert worksheet_form.due_on(datetime(2028, 2, 23, 15, tzinfo=UTC), NEW_YORK) == date(
            2028, 3, 1
        )

    @pytest.mark.parametrize(
        ("zone", "shown", "due"),
        [
            # New York goes forward on 8 March 2026 and back on 1 November 2026.
            (NEW_YORK, "2026-03-07 23:50", date(2026, 3, 14)),
            (NEW_YORK, "2026-03-08 00:10", date(2026, 3, 15)),
            (NEW_YORK, "2026-03-08 23:50", date(2026, 3, 15)),
            (NEW_YORK, "2026-10-31 23:50", date(2026, 11, 7)),
            (NEW_YORK, "2026-11-01 00:10", date(2026, 11, 8)),
            (NEW_YORK, "2026-11-01 23:50", date(2026, 11, 8)),
            # Berlin on 29 March and 25 October 2026.
            (BERLIN, "2026-03-28 23:50", date(2026, 4, 4)),
            (BERLIN, "2026-03-29 00:10", date(2026, 4, 5)),
            (BERLIN, "2026-03-29 23:50", date(2026, 4, 5)),
            (BERLIN, "2026-10-24 23:50", date(2026, 10, 31)),
            (BERLIN, "2026-10-25 00:10", date(2026, 11, 1)),
            (BERLIN, "2026-10-25 23:50", date(2026, 11, 1)),
        ],
    )
    def test_near_midnight_and_where_the_clocks_change(self, zone, shown, due):
        started_at = datetime.fromisoformat(shown).replace(tzinfo=zone).astimezone(UTC)
        assert worksheet_form.due_on(started_at, zone) == due

    def test_it_is_late_the_day_after_and_never_once_submitted(self):
        due = date(2026, 3, 13)
        draft, complete, submitted, withdrawn = WorksheetState
        assert not worksheet_form.is_late(draft, due, today=due)
        assert worksheet_form.is_late(draft, due, today=due + timedelta(days=1))
        assert worksheet_form.is_late(complete, due, today=due + timedelta(days=1))
        assert not worksheet_form.is_late(submitted, due, today=due + timedelta(days=90))
        assert not worksheet_form.is_late(withdrawn, due, today=due + timedelta(days=90))

    @pytest.mark.parametrize(
        ("days", "said"),
        [(7, "due in 7 days"), (1, "due in 1 day"), (0, "due today"), (-1, "late by 1 day")],
    )
    def test_how_people_say_it(self, days, said):
        today = date(2026, 3, 13)
        assert worksheet_form.due_in_words(today + timedelta(days=days), today=today) == said


class TestFilling:
    def test_what_was_typed_stands_and_what_the_session_says_is_shown(self):
        line = by_code(fill("2021/24", {"dose": PrefilledValue("56", "Record")}, {"dose": "84"}))[
            "dose"
        ]
        assert (line.words, line.source, line.says_in_words, line.is_typed) == (
            "84 mg", "Typed by the clinic", "56 mg", True,
        )  # fmt: skip

    def test_an_answer_that_was_emptied_is_missing(self):
        line = by_code(fill("2021/24", {"dose": PrefilledValue("56", "Record")}, {"dose": ""}))[
            "dose"
        ]
        assert line.is_missing
        assert line.says == "56"

    def test_a_follow_up_is_asked_when_its_question_is_answered_so(self):
        assert "sedation_onset" not in by_code(fill("2026", {}, {"sedation": "no"}))
        assert "sedation_onset" in by_code(fill("2026", {}, {"sedation": "yes"}))
        typed_over = fill("2026", {"sedation": PrefilledValue("yes", "Log")}, {"sedation": "no"})
        assert "sedation_onset" not in by_code(typed_over)

    def test_what_may_stay_empty_is_not_missing(self):
        lines = fill("2021/24", {}, {})
        optional = {line.field.code for line in lines if line.field.need is Need.OPTIONAL}
        assert "patient_middle_initial" in optional
        assert not optional & {field.code for field in worksheet_form.missing(lines)}
        assert "patient_last_name" in {field.code for field in worksheet_form.missing(lines)}

    def test_the_parts_come_in_the_order_of_the_form(self):
        parts = worksheet_form.sections(fill("2026", {}, {}))
        assert [part for part, _ in parts] == list(Section)

    @pytest.mark.parametrize(
        ("code", "value", "words"),
        [
            ("patient_birth_date", "1980-02-29", "29 Feb 1980"),
            ("patient_sex", "other", "Other"),
            ("bp_before", "128/82", "128/82 mmHg"),
            ("bp_before_minute", "-10", "minute \N{MINUS SIGN}10"),
            ("total_minutes", "125", "125 min"),
            ("sedation", "yes", "Yes"),
            ("setting_city", "", ""),
            ("total_minutes", "", ""),
            ("patient_birth_date", "", ""),
        ],
    )
    def test_values_are_shown_in_words(self, code, value, words):
        assert by_code(fill("2021/24", {}, {code: value}))[code].words == words


SAID = {"dose": PrefilledValue("56", "Record"), "sedation": PrefilledValue("no", "Log")}


class TestChanges:
    def test_what_the_session_says_itself_needs_no_typing(self):
        assert worksheet_form.apply({"dose": "84"}, {"dose": "56"}, SAID) == {}

    def test_other_answers_stay(self):
        typed = worksheet_form.apply({"dose": "84"}, {"sedation": " yes "}, SAID)
        assert typed == {"dose": "84", "sedation": "yes"}

    def test_emptying_a_prefilled_answer_is_an_answer(self):
        assert worksheet_form.apply({}, {"dose": "", "setting_city": ""}, SAID) == {"dose": ""}

    def test_a_typed_answer_stays_when_the_session_comes_to_say_the_same(self):
        assert worksheet_form.apply({"dose": "56"}, {"sedation": "yes"}, SAID)["dose"] == "56"

    def test_what_changed_since_is_listed_with_what_it_was(self):
        kept = worksheet_form.snapshot(fill("2021/24", SAID, {}))
        now = fill("2021/24", SAID | {"dose": PrefilledValue("84", "Record")}, {})
        [(field, was)] = worksheet_form.changed_since(kept, now)
        assert (field.code, was) == ("dose", "56 mg")

    def test_a_follow_up_that_came_or_went_is_listed_too(self):
        without = fill("2026", {}, {"sedation": "no"})
        with_it = fill("2026", {}, {"sedation": "yes", "sedation_onset": "30"})
        gone = worksheet_form.changed_since(worksheet_form.snapshot(with_it), without)
        assert [(field.code, was) for field, was in gone] == [
            ("sedation", "Yes"), ("sedation_onset", "minute 30"),
        ]  # fmt: skip
        come = worksheet_form.changed_since(worksheet_form.snapshot(without), with_it)
        assert [(field.code, was) for field, was in come] == [
            ("sedation", "No"), ("sedation_onset", "nothing"),
        ]  # fmt: skip

    def test_nothing_changed_is_an_empty_list(self):
        lines = fill("2026", prefill(serious_session()), {})
        assert worksheet_form.changed_since(worksheet_form.snapshot(lines), lines) == []


class TestChecking:
    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("sedation", "maybe"), ("patient_sex", "x"), ("dose", "57"), ("total_minutes", "two"),
            ("total_minutes", "99999"), ("bp_before_minute", "-9999"), ("bp_before", "128"),
            ("bp_before", "82/128"), ("bp_before", "128/5"), ("bp_before", "20/12"),
            ("treatment_date", "3/3/2026"), ("patient_first_name", "x" * 201),
            ("setting_city", "a\nb"), ("serious_event_what", "x" * 2001),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_said_at_its_field(self, code, value):
        [problem] = worksheet_form.check("2021/24", {code: value})
        assert problem.field == code

    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("sedation", ""), ("bp_before", "128/82"), ("bp_before_minute", "-10"),
            ("total_minutes", " 125 "), ("serious_event_what", "a\nb"), ("dose_other", "28 mg"),
        ],
    )  # fmt: skip
    def test_what_can_be_passes(self, code, value):
        assert worksheet_form.check("2021/24", {code: value}) == []

    def test_a_field_of_another_version_is_refused(self):
        [problem] = worksheet_form.check("2021/24", {"opioids": "yes"})
        assert "no field 'opioids'" in problem.message

    def test_all_problems_come_at_once(self):
        found = worksheet_form.check("2026", {"sedation": "x", "dose": "x", "opioids": "yes"})
        assert [problem.field for problem in found] == ["sedation", "dose"]

    def test_completing_with_fields_missing_wants_a_reason(self):
        lines = fill("2021/24", prefill(whole_session()), {})
        [problem] = worksheet_form.check_completion(lines, " ")
        assert problem.message == "8 fields missing. Fill them in, or say why they stay empty."
        assert worksheet_form.check_completion(lines, "Nobody asked.") == []
        assert worksheet_form.check_completion(lines, "x" * 1001)

    def test_completing_a_whole_one_wants_none(self):
        lines = fill("2021/24", prefill(facts()), {})
        answers = {"yes-no": "no", "number": "1", "pressure": "120/80", "date": "2026-03-03"}
        typed = {
            field.code: answers.get(field.kind, "other" if field.choices else "x")
            for field in worksheet_form.missing(lines)
        } | {"dose_other": "28 mg"}
        assert worksheet_form.check_completion(fill("2021/24", prefill(facts()), typed), "") == []

    def test_a_submission_says_how_and_when(self):
        now = START + timedelta(days=2)
        found = worksheet_form.check_submission(None, "", None, started_at=START, now=now)
        assert [problem.field for problem in found] == ["channel", "submitted_at"]
        for at in (START - timedelta(hours=1), now + timedelta(minutes=1)):
            [problem] = worksheet_form.check_submission(
                Channel.FAX, "", at, started_at=START, now=now
            )
            assert problem.field == "submitted_at"
        [problem] = worksheet_form.check_submission(
            Channel.OTHER, " ", now, started_at=START, now=now
        )
        assert problem.field == "confirmation"
        [problem] = worksheet_form.check_submission(
            Channel.PORTAL, "a\nb", now, started_at=START, now=now
        )
        assert problem.field == "confirmation"
        assert not worksheet_form.check_submission(
            Channel.PORTAL, "No. 123", now, started_at=START, now=now
        )


@pytest.mark.parametrize("typed", ["\u0663\u0665", "\uff13\uff15", "1_0", "+5"])
def test_a_minute_is_written_in_plain_digits(typed):
    assert not worksheet_form._is_minute(typed)
    assert worksheet_form._wrong_pressure(f"1{typed}/80")
    assert worksheet_form._is_minute("-5")
    assert not worksheet_form._wrong_pressure("128/82")
