"""What is found about two records, and what refuses to merge them."""

from datetime import date

import pytest
from msgspec.structs import replace

from tracker.domain.codes import Drug, MailTime, Sex
from tracker.domain.health_lists.standing import HealthLists, ListedItem
from tracker.domain.merges import preview
from tracker.domain.merges.preview import Counts, RecordSide, RunningSeries

MAYA = RecordSide(
    id=1, record_number="0001", given_name="Maya", family_name="Chen", birth_date=date(1980, 3, 9)
)
OTHER = replace(MAYA, id=2, record_number="0007")
PENICILLIN = (ListedItem("Penicillin", "rash"),)


def told(one, other):
    return [finding.message for finding in preview.findings(one, other)]


def test_of_two_that_are_alike_nothing_is_found():
    assert told(MAYA, OTHER) == []
    assert told(MAYA, replace(OTHER, family_name="CHÉN", given_name="maya")) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "message"),
    [
        (
            {}, {"given_name": "Mia"},
            "The names differ: Chen, Maya in record 0001, Chen, Mia in record 0007.",
        ),
        (
            {}, {"birth_date": date(1981, 3, 9)},
            "The birth dates differ: 9 Mar 1980 in record 0001, 9 Mar 1981 in record 0007.",
        ),
        ({}, {"birth_date": None}, "Record 0007 has no birth date."),
        (
            {"sex": Sex.FEMALE}, {"sex": Sex.MALE},
            "The sex differs: Female in record 0001, Male in record 0007.",
        ),
        (
            {"other_number": "943 476 5919"}, {"other_number": "401 023 2137"},
            "The other numbers differ: 943 476 5919 in record 0001, 401 023 2137 in record 0007.",
        ),
        (
            {"session_days": frozenset({date(2026, 3, 2), date(2026, 3, 5)})},
            {"session_days": frozenset({date(2026, 3, 5)})},
            "Both have a session on 5 Mar 2026.",
        ),
        (
            {"running": (RunningSeries(2, Drug.KETAMINE),)},
            {"running": (RunningSeries(1, Drug.KETAMINE), RunningSeries(3, Drug.ESKETAMINE))},
            "Two series of racemic ketamine are not over: series 2 in record 0001, series 1 in "
            "record 0007.",
        ),
        (
            {"has_account": True}, {"has_account": True},
            "Both have a sign-in of their own. One stays, the other is disabled.",
        ),
        (
            {}, {"mail_stopped": True},
            "E-mails to record 0007 were stopped. They stay stopped.",
        ),
        (
            {"mail_time": MailTime.EVENING}, {"mail_time": MailTime.MORNING},
            "When e-mails come differs: in the evening in record 0001, in the morning in record "
            "0007. What the kept record says stands.",
        ),
        (
            {"lists": HealthLists(allergies=PENICILLIN)}, {"lists": HealthLists(allergies=())},
            "One record lists allergies, the other says that there are none. What is listed "
            "stands.",
        ),
        (
            {"lists": HealthLists(allergies=PENICILLIN)},
            {"lists": HealthLists(allergies=(ListedItem("penicillin"), ListedItem("Latex")))},
            "Both list Penicillin under allergies: it will stand there twice.",
        ),
        (
            {"lists": HealthLists(medicines=PENICILLIN)},
            {"lists": HealthLists(medicines=(ListedItem("Latex"),))},
            "Both list medicines. All of them will stand in one list.",
        ),
        ({"unsigned": 1}, {}, "In record 0001 there is one thing begun and not signed."),
        ({}, {"unsigned": 3}, "In record 0007 there are 3 things begun and not signed."),
    ],
)  # fmt: skip
def test_what_differs_or_clashes_is_told_the_same_way_from_either_side(mine, theirs, message):
    one, other = replace(MAYA, **mine), replace(OTHER, **theirs)
    assert told(one, other) == told(other, one) == [message]


def test_many_days_in_both_are_counted():
    days = frozenset(date(2026, 3, day) for day in range(1, 7))
    [message] = told(replace(MAYA, session_days=days), replace(OTHER, session_days=days))
    assert message == "Both have a session on 1 Mar 2026, 2 Mar 2026, 3 Mar 2026 and 3 more."


@pytest.mark.parametrize(
    "other",
    [
        {"sex": Sex.FEMALE}, {"other_number": "1"}, {"running": (RunningSeries(1, Drug.KETAMINE),)},
        {"lists": HealthLists(allergies=PENICILLIN)}, {"has_account": True},
    ],
)  # fmt: skip
def test_what_only_one_has_is_no_clash(other):
    assert told(MAYA, replace(OTHER, **other)) == []


def test_what_makes_it_impossible_is_said_with_what_to_do():
    def refused(kept, merged):
        return [problem.message for problem in preview.refusals(kept, merged)]

    assert refused(MAYA, OTHER) == []
    assert refused(MAYA, replace(OTHER, is_archived=True)) == []
    assert refused(MAYA, MAYA) == ["This is one record. Choose the other one."]
    assert refused(replace(MAYA, is_archived=True), OTHER) == [
        "Record 0001 is archived. Restore it first, or keep the other one."
    ]
    merged = replace(OTHER, is_merged=True, is_archived=True)
    already = ["Record 0007 was merged already. Choose the one it leads to."]
    assert refused(MAYA, merged) == refused(merged, MAYA) == already
    assert refused(MAYA, replace(OTHER, is_under_way=True)) == [
        "A session of record 0007 is under way. End it first, then merge."
    ]


def test_every_count_has_a_name_on_the_page():
    assert [count for _, count in Counts(series=1, stock_entries=2).lines] == [1, *[0] * 8, 2, 0]
    assert [preview.things(n) for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
