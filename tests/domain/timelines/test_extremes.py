from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES, log, prepare, read
from tracker.domain.codes import Drug, Route
from tracker.domain.live import signing
from tracker.domain.live.entries import DissociationMark, Dose, Mark
from tracker.domain.timelines.extremes import extreme, highest_pressure
from tracker.domain.timelines.marks import SCALE
from tracker.domain.timelines.text import sentence

STRENGTH = some.none() | some.integers(0, 10)
RATED = some.lists(
    some.tuples(
        some.integers(-30, 200),
        some.builds(lambda value: read("120/80", dissociation=value), STRENGTH)
        | some.builds(DissociationMark, mark=some.sampled_from(Mark), strength=STRENGTH),
    ),
    max_size=12,
)


@given(RATED)
def test_curve_sentence_and_record_have_one_peak(rated):
    written = log(*sorted([*rated, (0, Dose(dose_mg=Decimal(35)))], key=lambda one: one[0]))
    recorded = signing.summarise(written, drug=Drug.KETAMINE, route=Route.IM).dissociation_peak
    told = prepare(written, recorded_peak=recorded)
    since = [v for run in told.runs("dissociation") for minute, v in run if minute >= 0]
    assert max(since, default=None) == recorded
    found = extreme(told, SCALE["dissociation"])
    assert (None if found is None else found[1]) == recorded
    assert "The signed record" not in sentence(told)
    if recorded:
        assert f"{recorded} of 10" in sentence(told)


def test_a_record_with_another_peak_is_told_beside_the_curve():
    written = log((0, Dose(dose_mg=Decimal(35))), (9, read("", dissociation=8)))
    told = sentence(prepare(written, recorded_peak=6))
    assert "8 of 10 at 9 min" in told
    assert "The signed record has a peak of 6 of 10." in told
    unrated = prepare(log((0, Dose(dose_mg=Decimal(35)))), recorded_peak=6)
    assert "The signed record has a peak of 6 of 10." in sentence(unrated)


def test_a_strength_before_the_dose_is_drawn_and_told_as_that_and_is_no_peak():
    told = prepare(log((-5, read("", dissociation=3)), (0, Dose(dose_mg=Decimal(35)))))
    assert told.peak is None
    assert told.runs("dissociation") == [[(-5, 3)]]
    assert "Dissociation 3 of 10 before anything was given." in sentence(told)


def test_the_highest_pressure_has_its_lower_half_and_a_lower_half_alone_is_not_highest():
    highest, last = highest_pressure(session_logs.devices())
    assert (highest.minute, last.minute) == (40, 120)
    assert highest_pressure(prepare(log((1, read("/80"))))) is None


@pytest.mark.parametrize(
    ("name", "value"), [("spo2_percent", 91), ("heart_rate_bpm", 128), ("sedation", 1)]
)
def test_what_tells_most_is_the_highest_or_the_lowest(name, value):
    assert extreme(session_logs.second_injection(), SCALE[name]) == (50, value)


@pytest.mark.parametrize("name", TIMELINES)
def test_what_was_never_read_has_no_extreme(name):
    told = TIMELINES[name]()
    for scale in SCALE.values():
        if scale.name != "dissociation":
            assert (extreme(told, scale) is None) == (not told.values(scale.name))
