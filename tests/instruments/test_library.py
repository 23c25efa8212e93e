from itertools import pairwise

import pytest

from tracker.domain.instruments import InstrumentError
from tracker.instruments import FOLDER, library, read

LIBRARY = library()


def test_the_scales_of_the_clinic_are_there():
    assert set(LIBRARY) == {
        "phq9",
        "gad7",
        "pcl5",
        "peg",
        "madrs",
        "hamd17",
        "qids-sr16",
        "bdi2",
        "cadss",
        "mood-nrs",
        "pain-nrs",
        "anxiety-nrs",
        "who5",
        "bpi-severity",
    }


@pytest.mark.parametrize("code", LIBRARY)
def test_a_file_is_named_after_its_instrument(code):
    assert (FOLDER / f"{code}.toml").is_file()


@pytest.mark.parametrize("code", LIBRARY)
def test_bands_follow_each_other_without_a_gap(code):
    bands = LIBRARY[code].bands
    assert all(upper.lowest - lower.highest == 1 for lower, upper in pairwise(bands))
    assert not bands or bands[0].lowest == LIBRARY[code].minimum


@pytest.mark.parametrize("code", LIBRARY)
def test_levels_lie_on_the_scale(code):
    instrument = LIBRARY[code]
    change = instrument.change
    for level in (change.remission_at_most, change.smallest_important, change.reliable):
        assert level is None or instrument.minimum <= level <= instrument.maximum


def test_higher_is_better_for_mood_and_well_being_alone():
    assert {code for code in LIBRARY if not LIBRARY[code].higher_is_worse} == {"mood-nrs", "who5"}


@pytest.mark.parametrize("code", ["pcl5", "peg", "cadss"])
def test_no_bands_are_invented(code):
    assert LIBRARY[code].bands == ()


def test_response_on_the_pcl5_is_in_points():
    change = LIBRARY["pcl5"].change
    assert (change.response_points, change.response_fraction) == (10, None)


@pytest.mark.parametrize(
    ("code", "cuts"),
    [("phq9", (0, 5, 10, 15, 20)), ("gad7", (0, 5, 10, 15)), ("bdi2", (0, 14, 20, 29))],
)
def test_bands_begin_at_the_published_cuts(code, cuts):
    assert tuple(band.lowest for band in LIBRARY[code].bands) == cuts


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("code = ", encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"broken\.toml"):
        read(path)
