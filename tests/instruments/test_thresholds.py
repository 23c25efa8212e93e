"""The rule of the house for numbers that come from medicine."""

import tomllib

import pytest

from tests.rules import checks
from tests.rules.checkout import TRACKER, name, text

FILES = sorted((TRACKER / "instruments").glob("*.toml"))


def test_there_are_instruments_to_look_at():
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_threshold_names_its_source(path):
    found = list(checks.unsourced_numbers(tomllib.loads(text(path))))
    assert not found, f"{name(path)}: name the paper or the manual each number is from: {found}"


@pytest.mark.parametrize(
    "unsourced",
    [
        {"source": " "},
        {"licence": ""},
        {"bands": [{"lowest": 0}]},
        {"change": {"response_fraction": "0.5"}},
        {"change": {"remission_at_most": 4, "remission_source": ""}},
        {"change": {"reliable": 6, "response_source": "somebody"}},
        {"scoring": {"missing_allowed": 1}},
        {"subscales": [{"code": "part", "cut": 3}]},
        {"patterns": [{"code": "some", "at_least": 2, "source": ""}]},
        {"alarms": [{"item": "one", "at_least": 1, "source": "a paper"}, {"item": "two"}]},
    ],
)
def test_a_number_without_a_source_is_seen(unsourced):
    sourced = {"source": "a paper", "licence": "free to use"}
    assert not list(checks.unsourced_numbers(sourced))
    assert list(checks.unsourced_numbers(sourced | unsourced))
