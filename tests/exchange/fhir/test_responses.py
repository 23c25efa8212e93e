import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.fhir.responses import is_json, open_response, read_response
from tracker.exchange.rows import MappedRow
from tracker.instruments import library

ZONE = ZoneInfo("America/New_York")
FILE = (
    Path(__file__).resolve().parents[2]
    / "data/fhir-phq9/questionnaireresponse-sdc-phq9.json"
)  # fmt: skip
PUBLISHED = json.loads(FILE.read_text(encoding="utf-8"))


def read(response):
    return read_response(response, "P-1", zone=ZONE, instruments=library())


def complaints(row):
    return [problem.column for problem in row.problems]


def answered(linked, **more):
    """Write a response from links and answers."""
    items = [{"linkId": link, "answer": [answer]} for link, answer in linked.items()]
    return {
        "resourceType": "QuestionnaireResponse", "status": "completed",
        "authored": "2026-01-05", "item": items,
    } | more  # fmt: skip


def by_loinc(code="phq9", value=1, skip=()):
    items = library()[code].scored_items
    return {f"/{i.loinc}": {"valueInteger": value} for i in items if i.number not in skip}


def test_the_published_example_has_ten_points_and_states_thirteen():
    row = read(PUBLISHED)
    assert row.problems == ()
    (score,) = row.scores
    draft = score.draft
    assert [int(value) for value in draft.answers.values()] == [0, 0, 0, 1, 2, 1, 3, 2, 1]
    assert (draft.instrument, draft.total, draft.mode) == ("phq9", 13, "file")
    assert draft.taken_at == datetime(2019, 8, 21, 20, 36, 57, tzinfo=UTC)
    assert score.columns["total"] == "H1/TS"


def test_a_question_that_is_known_by_likeness_only_is_told():
    row = read(PUBLISHED)
    assert [remark.column for remark in row.remarks] == ["H1/T1/Q8", "H1/T1/Q9"]


@pytest.mark.parametrize("code", ["phq9", "gad7", "peg"])
def test_questions_are_known_by_their_loinc_codes(code):
    (score,) = read(answered(by_loinc(code))).scores
    assert score.draft.instrument == code
    assert set(score.draft.answers.values()) == {1}
    assert (score.draft.total, score.draft.time_known) == (None, False)


def test_what_was_left_out_is_missing_and_no_zero():
    (score,) = read(answered(by_loinc(skip=(3, 9)))).scores
    assert len(score.draft.answers) == 7


@pytest.mark.parametrize(
    "answer",
    [
        {"valueCoding": {"code": "LA6570-1"}},
        {"valueCoding": {"code": "x", "display": "more than half the days"}},
        {"valueCoding": {"display": "More than half the days", "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}]}},
        {"valueDecimal": 2.0},
        {"valueString": "2"},
    ],
)  # fmt: skip
def test_an_answer_may_be_told_in_many_ways(answer):
    (score,) = read(answered(by_loinc() | {"/44250-9": answer})).scores
    assert score.draft.answers["phq9_1"] == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"valueInteger": 4},
        {"valueCoding": {"display": "often"}},
        {"valueCoding": {"code": "LA6568-5", "display": "Several days"}},
        {"valueCoding": {"display": "Several days", "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}]}},
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_named_by_its_link(answer):
    row = read(answered(by_loinc() | {"/44250-9": answer}))
    assert complaints(row) == ["/44250-9"]
    assert row.scores == ()


def test_a_question_of_no_scale_is_said_to_be_left_out():
    row = read(answered(by_loinc() | {"/99999-9": {"valueString": "x"}}))
    assert [(r.column, r.message[:9]) for r in row.remarks] == [("/99999-9", "Not taken")]


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"authored": None}, "authored"),
        ({"authored": "soon"}, "authored"),
        ({"status": "entered-in-error"}, "status"),
        ({"item": []}, "item"),
        ({"item": "none"}, "item"),
        ({"item": [{"linkId": "1", "text": "How old?", "answer": [{"valueInteger": 4}]}]}, "item"),
    ],
)
def test_what_keeps_a_form_from_being_taken_is_named(more, column):
    assert complaints(read(answered(by_loinc(), **more))) == [column]


def pcl5_in_words(**more):
    response = answered({str(i.number): {"valueInteger": 1} for i in library()["pcl5"].items})
    for item, asked in zip(library()["pcl5"].items, response["item"], strict=True):
        asked["text"] = item.text
    return response | more


def test_two_forms_with_the_same_questions_are_told_apart_by_name_or_not_at_all():
    assert complaints(read(pcl5_in_words())) == ["item"]
    named = read(pcl5_in_words(questionnaire="https://example.org/Questionnaire/pcl5-week"))
    assert named.scores[0].draft.instrument == "pcl5-week"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"resourceType": "Bundle"}', "'Bundle'"),
        ("{}", "not named"),
        ('{"resourceType": 3}', "not named"),
        ('{\n"a": }', "line 2, column 6"),
        ('{"a": ' + "[" * 100_000, "cannot be read"),
    ],
)
def test_what_is_no_response_is_refused_in_words(text, words):
    assert is_json(text.encode())
    with pytest.raises(UnreadableFileError, match=words):
        open_response(text.encode())


def test_a_table_is_not_taken_for_json():
    assert not is_json(b"id,total\n1,2\n")
    assert is_json(b'\xef\xbb\xbf {"a": 1}')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def places(part, path=()):
    if isinstance(part, dict | list):
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        for key, inner in pairs:
            yield (*path, key)
            yield from places(inner, (*path, key))


@given(st.sampled_from(list(places(PUBLISHED))), JSON)
def test_any_value_in_any_place_is_read_or_becomes_a_problem(path, value):
    response = copy.deepcopy(PUBLISHED)
    part = response
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert isinstance(read(response), MappedRow)
