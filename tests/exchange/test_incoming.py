from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.codes import Occasion, Sex
from tracker.exchange.csv.reader import open_source
from tracker.exchange.guess.mapping import guess_file
from tracker.exchange.incoming import read_rows
from tracker.exchange.mapping.model import ImportMapping, MappingError
from tracker.exchange.mapping.toml_reader import from_toml
from tracker.instruments import library

ZONE = ZoneInfo("America/New_York")


def answered(guessed, *answers):
    """Edit the guessed mapping as a person would: in its text."""
    text = guessed.to_toml()
    for before, after in answers:
        assert before in text
        text = text.replace(before, after, 1)
    return from_toml(text)


def read(data, text):
    return list(read_rows(open_source(data), from_toml(text), zone=ZONE, instruments=library()))


def complaints(rows):
    return [(p.row, p.column, p.value) for row in rows for p in row.problems]


def test_all_twenty_madrs_totals_arrive(real_data, instruments):
    source = open_source(real_data("esketamine-adolescents/Dataset.csv"))
    mapping = answered(
        guess_file(source, instruments),
        ('0 = ""\n1 = ""', '0 = "male"\n1 = "female"'),
        ("[[scores]]", "[anchor]\nat = 2020-01-01T09:00:00\n\n[[scores]]"),
        (
            'column = "MADRS_Post"',
            'column = "MADRS_Post"\noccasion = "hours-after"\nhours_after = 24',
        ),
        (
            "create_unknown = false",
            'create_unknown = true\nkeep_in_notes = ["Age", "Dissociation"]',
        ),
    )
    rows = list(read_rows(source, mapping, zone=ZONE, instruments=library()))
    assert complaints(rows) == []
    drafts = [score.draft for row in rows for score in row.scores]
    assert len(drafts) == 20
    before = [d.total for d in drafts if d.occasion is Occasion.BASELINE]
    after = [d.total for d in drafts if d.occasion is Occasion.HOURS_AFTER]
    assert (mean(before), mean(after)) == (Decimal("39.1"), Decimal("26.8"))
    assert {d.hours_after for d in drafts} == {None, 24}
    assert {d.taken_at for d in drafts} == {
        datetime(2020, 1, 1, 14, tzinfo=UTC),
        datetime(2020, 1, 2, 14, tzinfo=UTC),
    }
    assert rows[0].patient.sex is Sex.MALE
    assert rows[0].patient.notes == "Age: 14\nDissociation: 0"
    assert rows[0].scores[1].columns == {"total": "MADRS_Post"}


def test_four_times_of_pain_arrive_and_missing_stays_missing(real_data, instruments):
    source = open_source(real_data("throat-pain-licorice/licorice_gargle.csv"))
    mapping = answered(
        guess_file(source, instruments),
        ("create_unknown", 'record_number_from = "LIC-{row:04}"\ncreate_unknown'),
        ("[[scores]]", "[anchor]\nat = 2013-01-01\n\n[[scores]]"),
    )
    rows = list(read_rows(source, mapping, zone=ZONE, instruments=library()))
    assert complaints(rows) == []
    assert [row.patient.record_number for row in rows][::234] == ["LIC-0001", "LIC-0235"]
    counts = Counter(score.columns["total"] for row in rows for score in row.scores)
    assert set(counts.values()) == {233}
    assert len(counts) == 4
    assert sum(not row.scores for row in rows) == 2
    treated = source.header.index("treat")
    arms = [cells[treated] for _, cells in source.rows()]
    for arm, hurt, all_of_arm in (("1", 24, 117), ("0", 52, 116)):
        at_four_hours = [
            score.draft.total
            for row, its_arm in zip(rows, arms, strict=True)
            for score in row.scores
            if its_arm == arm and score.columns["total"] == "postOp4hour_throatPain"
        ]
        assert (sum(total > 0 for total in at_four_hours), len(at_four_hours)) == (hurt, all_of_arm)


def test_pain_on_swallowing_can_be_mapped_as_well(real_data, instruments):
    source = open_source(real_data("throat-pain-licorice/licorice_gargle.csv"))
    text = """
    patient = {record_number_from = "LIC-{row:04}", create_unknown = true}
    anchor = {at = 2013-01-01}
    [[scores]]
    column = "pacu30min_swallowPain"
    instrument = "pain-nrs"
    occasion = "hours-after"
    hours_after = 0.5
    """
    rows = list(read_rows(source, from_toml(text), zone=ZONE, instruments=library()))
    assert sum(len(row.scores) for row in rows) == 233


def test_a_hundred_people_at_five_times_arrive_as_380_totals(real_data, instruments):
    source = open_source(real_data("beat-the-blues/btheb.csv"))
    mapping = answered(
        guess_file(source, instruments),
        ("[[scores]]", "[anchor]\nat = 2003-01-31\n\n[[scores]]"),
    )
    rows = list(read_rows(source, mapping, zone=ZONE, instruments=library()))
    assert complaints(rows) == []
    counts = Counter(score.columns["total"] for row in rows for score in row.scores)
    assert counts == {"bdi.pre": 100, "bdi.2m": 97, "bdi.3m": 73, "bdi.5m": 58, "bdi.8m": 52}
    assert counts.total() == 380
    days = [score.draft.taken_at.astimezone(ZONE).date() for score in rows[1].scores]
    assert days[:2] == [date(2003, 1, 31), date(2003, 3, 31)]
    assert not any(score.draft.time_known for score in rows[1].scores)


def test_open_questions_keep_a_mapping_from_being_used(real_data, instruments):
    source = open_source(real_data("beat-the-blues/btheb.csv"))
    with pytest.raises(MappingError, match=r"anchor\.at"):
        read_rows(source, guess_file(source, instruments).mapping, zone=ZONE, instruments=library())


def test_a_column_that_the_file_lacks_is_named():
    source = open_source(b"id,x\n1,2\n")
    mapping = from_toml('[patient]\nrecord_number = "number"')
    with pytest.raises(MappingError, match="no column 'number'"):
        read_rows(source, mapping, zone=ZONE, instruments=library())


@pytest.mark.parametrize(
    ("table", "message"), [("scores", "lacks the columns"), ("people", "Give one of")]
)
def test_a_table_with_other_headings_is_refused(table, message):
    source = open_source(b"id,x\n1,2\n")
    with pytest.raises(MappingError, match=message):
        read_rows(source, ImportMapping(table=table), zone=ZONE, instruments=library())


def test_an_anchor_that_the_clocks_skipped_is_named():
    source = open_source(b"id,x\n1,2\n")
    mapping = from_toml('patient = {record_number = "id"}\nanchor = {at = 2026-03-08T02:30:00}')
    with pytest.raises(MappingError, match=r"anchor\.at"):
        read_rows(source, mapping, zone=ZONE, instruments=library())


def test_a_messy_sheet_gives_named_problems_and_loses_nothing(real_data):
    rows = read(
        real_data("messy-clinic-sheets/messy_aki.csv"),
        """
        file = {date_order = "mdy"}
        patient = {record_number = "study_id", columns = {birth_date = "dob", sex = "Sex"}}
        anchor = {at = 2022-03-01}
        [[scores]]
        column = "DAY2GFR`"
        instrument = "x"
        days_after = 2
        """,
    )
    found = complaints(rows)
    assert (7, "DAY2GFR`", "19 but poor collection") in found
    assert any(column == "dob" and value == "5=11-1984" for _, column, value in found)
    assert sum(column == "study_id" for _, column, _ in found) == 2  # the footnotes
    assert {row.patient.birth_date for row in rows if row.patient} >= {date(1970, 5, 5)}
    assert any("someone else" in p.message for row in rows for p in row.problems)


LONG = """
patient = {record_number = "id"}
[file]
date_order = "dmy"
decimal_comma = true
[[scores]]
column = "total"
instrument_column = "scale"
date_column = "when"
occasion_column = "visit"
note_column = "note"
values = {"PHQ-9" = "phq9", "V1" = "baseline"}
"""


def test_a_long_file_gives_one_score_a_row():
    data = b"id;scale;when;total;visit;note\n007;PHQ-9;3/4/2024 10:30;30,97;V1;ok\n8;gad7;;.;;\n"
    first, second = read(data, LONG)
    assert first.patient.record_number == "007"
    draft = first.scores[0].draft
    assert (draft.instrument, draft.total) == ("phq9", Decimal("30.97"))
    assert draft.taken_at == datetime(2024, 4, 3, 14, 30, tzinfo=UTC)
    assert draft.time_known
    assert (draft.occasion, draft.note) == (Occasion.BASELINE, "ok")
    assert (second.scores, second.problems) == ((), ())


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("1;PHQ-9;31/2/2024;3;V1;", "when", "31/2/2024"),
        ("1;PHQ-9;;3;V1;", "when", ""),
        ("1;;3/4/2024;3;V1;", "scale", ""),
        ("1;PHQ-9;3/4/2024;3.5;V1;", "total", "3.5"),
        ("1;PHQ-9;3/4/2024;3;V9;", "visit", "V9"),
        (" ;PHQ-9;3/4/2024;3;V1;", "id", ""),
        ("1;PHQ-9;3/4/2024;3;V1;;more", "", ""),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(row, column, value):
    rows = read(f"id;scale;when;total;visit;note\n{row}\n".encode(), LONG)
    assert complaints(rows) == [(2, column, value)]
    assert rows[0].scores == () or column == "id"


def test_the_same_score_twice_is_said_with_the_earlier_line():
    line = b"1;PHQ-9;3/4/2024;3;V1;\n"
    rows = read(b"id;scale;when;total;visit;note\n" + line + line, LONG)
    assert complaints(rows) == [(3, "total", "")]
    assert "line 2" in rows[1].problems[0].message


def test_a_short_row_is_blank_at_its_end():
    (row,) = read(b"id;scale;when;total;visit;note\n1;PHQ-9;3/4/2024;3\n", LONG)
    assert row.problems == ()
    assert row.scores[0].draft.occasion is Occasion.UNSCHEDULED


def test_an_anchor_may_come_from_a_column_and_be_missing_in_a_row():
    text = """
    patient = {record_number = "id"}
    anchor = {column = "treated"}
    scores = [{column = "after", instrument = "madrs", occasion = "hours-after", hours_after = 4}]
    """
    rows = read(b"id,treated,after\n1,2026-03-02 10:00,9\n2,,9\n3,,\n", text)
    assert rows[0].scores[0].draft.taken_at == datetime(2026, 3, 2, 19, tzinfo=UTC)
    assert rows[0].scores[0].draft.hours_after == 4
    assert complaints(rows) == [(3, "after", "")]


def test_two_people_with_one_number_are_reported():
    text = 'patient = {record_number = "id", columns = {birth_date = "dob"}}'
    rows = read(b"id,dob\n3,1989-05-04\n3,1977-03-08\n3,\n", text)
    assert complaints(rows) == [(3, "dob", "1977-03-08")]
    assert "someone else on line 2" in rows[1].problems[0].message


SESSION = """
patient = {record_number = "id"}
[file]
date_order = "mdy"
[[sessions]]
start_time = 09:00:00
weight_unit = "lb"
dose_unit = "mg/kg"
[sessions.columns]
started_at = "day"
route = "how"
dose_mg = "dose"
weight_kg = "weight"
before_blood_pressure = "bp"
mood_before = "mood"
effects = "effects"
private_notes = "notes"
[sessions.fixed]
drug = "ketamine"
[sessions.values.route]
"drip" = "iv"
"""


def session_rows(*lines):
    head = "id,day,how,dose,weight,bp,mood,effects,notes"
    return read("\n".join([head, *lines]).encode(), SESSION)


def test_a_session_is_read_with_its_units():
    (row,) = session_rows("1,3/2/2026,drip,0.5,154.3,167/92,0,floating=mild,calm")
    assert row.problems == ()
    draft = row.sessions[0].draft
    assert draft.started_at == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert (draft.drug, draft.route) == ("ketamine", "iv")
    assert (draft.weight_kg, draft.dose_mg) == (Decimal("69.9893"), Decimal("35.0"))
    assert (draft.before.systolic_mmhg, draft.before.diastolic_mmhg) == (167, 92)
    assert draft.before.heart_rate_bpm is None
    assert (draft.mood_before, draft.mood_after) == (0, None)
    assert draft.effects == {"floating": "mild"}
    assert row.sessions[0].columns["mood_before"] == "mood"


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("1,3/2/2026,iv,0.5,,,,,", "dose", "0.5"),
        ("1,3/2/2026,iv,old --> new mg,154,,,,", "dose", "old --> new mg"),
        ("1,3/2/2026,iv,,150 - 160,,,,", "weight", "150 - 160"),
        ("1,3/2/2026,iv,,,high,,,", "bp", "high"),
        ("1,3/2/2026,vein,,,,,,", "how", "vein"),
        ("1,3/8/2026 2:30,iv,,,,,,", "day", "3/8/2026 2:30"),
    ],
)
def test_what_is_wrong_with_a_session_is_said(line, column, value):
    rows = session_rows(line)
    assert complaints(rows) == [(2, column, value)]
    assert rows[0].sessions == ()


def test_a_row_without_a_session_makes_none_and_a_second_one_is_said():
    rows = session_rows("1,,,,,,,,", "1,3/2/2026,iv,,,,,,", "1,3/2/2026,im,,,,,,")
    assert [len(row.sessions) for row in rows] == [0, 1, 0]
    assert complaints(rows) == [(4, "day", "")]


def test_a_day_without_a_time_is_asked_about():
    text = SESSION.replace("start_time = 09:00:00", "")
    data = b"id,day,how,dose,weight,bp,mood,effects,notes\n1,3/2/2026,iv,,,,,,\n"
    rows = read(data, text)
    assert complaints(rows) == [(2, "day", "3/2/2026")]
    assert 'start_time = "09:00"' in rows[0].problems[0].message


@pytest.mark.parametrize("written", ["9:00", "09:00", "09:00:00", " 09:00 "])
def test_a_time_of_day_may_stand_in_quotes(written):
    text = SESSION.replace("start_time = 09:00:00", f'start_time = "{written}"')
    assert from_toml(text) == from_toml(SESSION)


def test_a_time_of_day_without_quotes_is_told_how_it_is_written():
    with pytest.raises(MappingError, match='Times stand in quotes: start_time = "09:00"'):
        from_toml(SESSION.replace("09:00:00", "09:00"))
