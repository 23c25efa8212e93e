from decimal import Decimal

import pytest

from tracker.domain.instruments.toml_file import InstrumentError, parse

PHQ9 = {
    "code": "phq9",
    "version": "1",
    "title": "Patient Health Questionnaire-9",
    "short_title": "PHQ-9",
    "minimum": 0,
    "maximum": 27,
    "direction": "higher is worse",
    "low_end": "best",
    "high_end": "worst",
    "recall": "last 2 weeks",
    "source": "a paper",
    "licence": "free",
}


def test_an_instrument_is_read_from_its_keys():
    change = {"response_fraction": 0.5, "response_source": "a paper"}
    instrument = parse({**PHQ9, "recall_days": 14, "change": change})
    assert instrument.higher_is_worse
    assert instrument.recall_days == 14
    assert instrument.change.response_fraction == Decimal("0.5")


def test_a_rating_of_the_moment_looks_back_no_days():
    assert parse(PHQ9).recall_days == 0


def test_a_band_holds_both_its_ends():
    bands = [{"lowest": 0, "highest": 4, "label": "Minimal"}]
    instrument = parse({**PHQ9, "bands": bands, "bands_source": "a paper"})
    assert [bool(instrument.band(Decimal(total))) for total in (0, 4, 5)] == [True, True, False]


@pytest.mark.parametrize("key", PHQ9)
def test_a_missing_key_is_named(key):
    with pytest.raises(InstrumentError, match=f"'{key}' is missing"):
        parse({name: value for name, value in PHQ9.items() if name != key})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"direction": "up"}, "direction"),
        ({"minimum": 27}, "maximum"),
        ({"change": {"respones_fraction": 0.5}}, "change"),
        ({"bands": [{"lowest": 20, "highest": 28, "label": "Severe"}]}, "'Severe' lies outside"),
        ({"bands": [{"lowest": 9, "highest": 5, "label": "Mild"}]}, "'Mild' lies outside"),
        (
            {
                "bands": [
                    {"lowest": 0, "highest": 5, "label": "Minimal"},
                    {"lowest": 5, "highest": 9, "label": "Mild"},
                ]
            },
            "overlap",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_key(change, named):
    with pytest.raises(InstrumentError, match=named):
        parse({**PHQ9, **change})
