"""What of the trail is told to whom."""

import pytest

from tests.reading_level import grade
from tracker.domain.audit import for_administrators, for_patients
from tracker.domain.audit.actions import WORDS

ALL = sorted(WORDS)


@pytest.mark.parametrize("action", [a for a in ALL if a not in for_patients.WRITTEN_BY_ITSELF])
def test_a_patient_reads_each_act_in_plain_words(action):
    said = for_patients.words(action)
    assert said
    assert grade(f"A person {said[0].lower()}{said[1:]}.") <= 8, said


def test_every_code_that_patients_are_told_of_is_one_of_the_trail():
    assert set(for_patients.WORDS) <= set(WORDS)


def test_every_code_that_is_told_otherwise_is_one_of_the_trail():
    table = for_administrators.SHOWN_AS
    assert set(table) | set(table.values()) <= set(WORDS)


@pytest.mark.parametrize("action", ALL)
def test_an_act_of_answering_scoring_or_alerting_is_told_as_all_of_its_kind(action):
    if action.startswith(("alert", "reply.", "score", "entries.", "health-list", "safety-check")):
        assert action in for_administrators.SHOWN_AS or action in for_administrators.LEFT_OUT
        assert not for_administrators.is_detail_shown(action, of_patient=True)
        assert not for_administrators.is_detail_shown(action, of_patient=False)


def test_what_is_chosen_by_its_words_is_all_that_is_told_so():
    assert "reply.sent" in for_administrators.actions_of("check-in.answered")
    assert "reply.sent" not in for_administrators.actions_of("reply.sent")
    assert for_administrators.actions_of("signed-in") == ("signed-in",)
    assert set(for_administrators.actions_of("patients.listed")) > {"patients.listed"}


@pytest.mark.parametrize(
    ("roles", "name", "is_self", "by_name", "said"),
    [
        ("clinician", "Dana Reed", False, False, "A clinician"),
        ("clinician", "Dana Reed", False, True, "Dana Reed (a clinician)"),
        ("administrator clinician", "Dana Reed", False, False, "A clinician"),
        ("patient", "Ben", True, True, "You"),
        ("console", "tracker remind", False, False, "Whoever runs the tracker"),
    ],
)
def test_who_it_was_is_told_by_role_or_by_name(roles, name, is_self, by_name, said):
    assert for_patients.who(roles, name, is_self=is_self, by_name=by_name) == said
