"""What a browser sends is read strictly, told whole, and comes back from the store as it was."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Note,
    Reading,
    Setting,
    Withdrawal,
)
from tracker.domain.live.entry_parsing import key_of, pack, read, unpack
from tracker.domain.problems import InvalidError

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
KEY = "k-0123456789"
FULL = {
    EntryKind.READING: (
        {
            "systolic_mmhg": 128, "diastolic_mmhg": "82", "heart_rate_bpm": 74,
            "spo2_percent": 98, "respiratory_rate_per_min": 14, "sedation": 5,
            "dissociation": 0, "pain": 10, "nausea": None, "note": " eyes closed ",
        },
        Reading(
            systolic_mmhg=128, diastolic_mmhg=82, heart_rate_bpm=74, spo2_percent=98,
            respiratory_rate_per_min=14, sedation=5, dissociation=0, pain=10,
            note="eyes closed",
        ),
    ),
    EntryKind.GIVEN: (
        {"dose_mg": "28", "lot_id": 7, "note": "left"},
        Dose(dose_mg=Decimal(28), lot_id=7, note="left"),
    ),
    EntryKind.INFUSION: (
        {"action": "start", "rate_ml_per_h": 52.5, "dose_mg": "35,5"},
        Infusion(
            action=InfusionAction.START, rate_ml_per_h=Decimal("52.5"), dose_mg=Decimal("35.5")
        ),
    ),
    EntryKind.DISSOCIATION: (
        {"mark": "peak", "strength": 7},
        DissociationMark(mark=Mark.PEAK, strength=7),
    ),
    EntryKind.EVENT: (
        {
            "term": "nausea", "grade": 2, "serious": False, "actions": ["oxygen", "ondansetron"],
            "outcome": "resolved", "ended_at": "2026-03-03T10:00:00-05:00",
        },
        AdverseEvent(
            term=EventTerm.NAUSEA, grade=2, serious=False,
            actions=(EventAction.ONDANSETRON, EventAction.OXYGEN),
            outcome=EventOutcome.RESOLVED, ended_at=NOW,
        ),
    ),
    EntryKind.NOTE: ({"text": "Talks about the sea."}, Note(text="Talks about the sea.")),
    EntryKind.SETTING: (
        {"intention": "Rest", "music": "Bach"},
        Setting(intention="Rest", music="Bach"),
    ),
    EntryKind.WITHDRAWAL: ({"reason": "Wrong chair"}, Withdrawal(reason="Wrong chair")),
}  # fmt: skip


def raw(kind, content, **values):
    """Write an entry as a browser does."""
    replaces = "k-before-it" if kind == "withdrawal" else ""
    at = "2026-03-03T09:58:00-05:00"
    return {"key": KEY, "kind": kind, "at": at, "content": content, "replaces": replaces} | values


def refused(sent, now=NOW):
    """Read what must be refused, and give the fields with what is said of them."""
    with pytest.raises(InvalidError) as caught:
        read(sent, now=now)
    return {problem.field: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize("kind", FULL)
def test_every_kind_is_read_and_comes_back_from_the_store(kind):
    sent, expected = FULL[kind]
    draft = read(raw(kind.value, sent), now=NOW)
    assert (draft.key, draft.kind, draft.content) == (KEY, kind, expected)
    assert draft.at == NOW - timedelta(minutes=2)
    stored = json.loads(json.dumps(pack(draft.content)))
    assert unpack(kind, stored) == expected


def test_what_is_missing_is_not_stored_and_zero_is():
    assert pack(Reading(pain=0)) == {"pain": 0}
    assert pack(AdverseEvent(term=EventTerm.NAUSEA, serious=False)) == {
        "term": "nausea", "serious": False,
    }  # fmt: skip


def test_a_checklist_is_packed_as_it_is_but_never_read_here():
    form = Form(fields={"weight_kg": "71", "baseline": {"systolic_mmhg": 128}})
    assert unpack(EntryKind.GATE, pack(form)) == form
    for kind in ("gate", "discharge"):
        assert refused(raw(kind, {"weight_kg": "71"})) == {
            "kind": "This checklist is filled on a page of its own."
        }


def test_an_empty_field_is_missing_like_an_absent_one():
    draft = read(raw("reading", {"pain": "", "nausea": None, "sedation": 4, "note": ""}), now=NOW)
    assert draft.content == Reading(sedation=4)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "whole number"), (74.0, "whole number"), ("74 bpm", "without a unit"),
        ("7e1", "whole number"), (10**40, "whole number"), ("9" * 5000, "whole number"),
        ([74], "whole number"), ({"value": 74}, "whole number"), (float("nan"), "whole number"),
        (301, "between 15 and 300"), (-74, "between 15 and 300"), ("0", "between 15 and 300"),
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_refused(value, told):
    found = refused(raw("reading", {"heart_rate_bpm": value}))
    assert list(found) == ["heart_rate_bpm"]
    assert told in found["heart_rate_bpm"]


@pytest.mark.parametrize(
    "value",
    [
        True, float("nan"), float("inf"), 0, -28, 5001, 1e300, 10**40, 10**400, "28 mg",
        "NaN", "Infinity", "0.00001", 0.00001, "1.234", ["28"], "2٨",
    ],
)  # fmt: skip
def test_a_dose_that_is_none_is_refused(value):
    assert list(refused(raw("given", {"dose_mg": value}))) == ["dose_mg"]


@pytest.mark.parametrize(
    ("kind", "content", "field"),
    [
        ("reading", {"systolic_mmhg": 80, "diastolic_mmhg": 82}, "diastolic_mmhg"),
        ("reading", {"systolic_mmhg": 80, "diastolic_mmhg": 80}, "diastolic_mmhg"),
        ("reading", {"sedation": 6}, "sedation"),
        ("reading", {"sedation": -1}, "sedation"),
        ("reading", {"dissociation": 11}, "dissociation"),
        ("reading", {"pain": 11}, "pain"),
        ("reading", {"nausea": -1}, "nausea"),
        ("reading", {"note": "x" * 10_001}, "note"),
        ("reading", {"note": 7}, "note"),
        ("reading", {"note": "a\x00b"}, "note"),
        ("reading", {"note": "\ud800"}, "note"),
        ("reading", {}, ""),
        ("reading", {"note": "   "}, ""),
        ("reading", {"weight_kg": 71, "pain": 1}, "weight_kg"),
        ("given", {}, "dose_mg"),
        ("given", {"dose_mg": ""}, "dose_mg"),
        ("given", {"dose_mg": 28, "lot_id": 0}, "lot_id"),
        ("given", {"dose_mg": 28, "lot_id": "all"}, "lot_id"),
        ("infusion", {}, "action"),
        ("infusion", {"action": "begin"}, "action"),
        ("infusion", {"action": ""}, "action"),
        ("infusion", {"action": "rate"}, "rate_ml_per_h"),
        ("infusion", {"action": "rate", "rate_ml_per_h": 2001}, "rate_ml_per_h"),
        ("infusion", {"action": "rate", "rate_ml_per_h": "fast"}, "rate_ml_per_h"),
        ("infusion", {"action": "stop", "dose_mg": 0}, "dose_mg"),
        ("dissociation", {"mark": "peak", "strength": 11}, "strength"),
        ("dissociation", {"strength": 1}, "mark"),
        ("event", {"term": "other"}, "other"),
        ("event", {"term": "other", "other": "x" * 201}, "other"),
        ("event", {"term": "nausea", "grade": 0}, "grade"),
        ("event", {"term": "nausea", "grade": 6}, "grade"),
        ("event", {"term": "nausea", "serious": "no"}, "serious"),
        ("event", {"term": "nausea", "serious": 0}, "serious"),
        ("event", {"term": "nausea", "actions": "oxygen"}, "actions"),
        ("event", {"term": "nausea", "actions": ["leeches"]}, "actions"),
        ("event", {"term": "nausea", "actions": ["oxygen"] * 99}, "actions"),
        ("event", {"term": "nausea", "actions": [["oxygen"]]}, "actions"),
        ("event", {"term": "nausea", "ended_at": "2026-03-03T14:57:59Z"}, "ended_at"),
        ("event", {"term": "nausea", "ended_at": "2026-03-03T15:05:01Z"}, "ended_at"),
        ("event", {"term": "nausea", "ended_at": "2026-03-03T15:00:00"}, "ended_at"),
        ("note", {}, "text"),
        ("note", {"text": " \n "}, "text"),
        ("note", {"text": ["sea"]}, "text"),
        ("setting", {}, ""),
        ("withdrawal", {"reason": ""}, "reason"),
        ("reading", None, "content"),
        ("reading", ["systolic_mmhg"], "content"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(kind, content, field):
    assert list(refused(raw(kind, content))) == [field]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"key": "short"}, "key"),
        ({"key": "k" * 41}, "key"),
        ({"key": "with space!"}, "key"),
        ({"key": 123456789}, "key"),
        ({"key": KEY + "\n"}, "key"),
        ({"kind": "poem"}, "kind"),
        ({"kind": ["reading"]}, "kind"),
        ({"kind": None}, "kind"),
        ({"replaces": "x"}, "replaces"),
        ({"replaces": 8}, "replaces"),
        ({"by": "Somebody else"}, "by"),
        ({"at": "2026-03-03T15:00:00"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": None}, "at"),
        ({"at": 1772549880}, "at"),
        ({"at": "9" * 1000}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": "2026-03-03T15:05:01Z"}, "at"),
        ({"at": "2026-02-24T14:59:59Z"}, "at"),
    ],
)
def test_what_surrounds_the_content_is_looked_at_too(values, field):
    assert list(refused(raw("reading", {"pain": 2}) | values)) == [field]


def test_a_clock_that_is_a_little_fast_and_a_log_of_last_week_are_taken():
    for at in ("2026-03-03T15:05:00Z", "2026-02-24T15:00:00Z"):
        assert read(raw("reading", {"pain": 2}, at=at), now=NOW).content == Reading(pain=2)


def test_everything_wrong_is_telling_moment_once():
    sent = raw("reading", {"systolic_mmhg": 999, "pain": "much", "nausea": 12}, key="?", at="now")
    assert set(refused(sent)) == {"systolic_mmhg", "pain", "nausea", "key", "at"}


def test_a_withdrawal_names_what_it_withdraws():
    sent = raw("withdrawal", {"reason": "Wrong chair"}, replaces="")
    assert refused(sent) == {"replaces": "Say which entry is withdrawn."}


@pytest.mark.parametrize("sent", [None, [], "reading", 5, {}])
def test_what_is_no_entry_at_all_is_refused(sent):
    assert refused(sent)


def test_few_of_many_unknown_fields_are_told():
    sent = raw("reading", {f"field {number}" * 20: 1 for number in range(1000)} | {"pain": 1})
    found = refused(sent)
    assert len(found) == 5
    assert all(len(field) <= 40 for field in found)


def test_a_refused_entry_is_known_again_by_the_key_it_came_with():
    assert key_of({"key": "bad key"}) == "bad key"
    assert len(key_of({"key": "k" * 5000})) == 100
    assert key_of({"key": 5}) == key_of("text") == ""


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_names = st.sampled_from(sorted({name for sent, _ in FULL.values() for name in sent}))


@given(
    st.fixed_dictionaries(
        {
            "key": st.just(KEY) | anything,
            "kind": st.sampled_from([kind.value for kind in EntryKind]) | anything,
            "at": st.just("2026-03-03T14:58:00Z") | anything,
            "content": st.dictionaries(_names, anything, max_size=6) | anything,
        },
        optional={"replaces": st.just("k-before-it") | anything},
    )
)
def test_whatever_is_sent_is_read_or_refused_and_never_breaks(sent):
    try:
        draft = read(sent, now=NOW)
    except InvalidError as error:
        told = error.problems
    else:
        stored = json.loads(json.dumps(pack(draft.content), allow_nan=False))
        told = [unpack(draft.kind, stored) == draft.content]
    assert told
    assert all(told)
