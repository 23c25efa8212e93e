import pytest

from tests.builders.session_logs import at, log, read
from tracker.domain.live import dissociation
from tracker.domain.live.entries import DissociationMark, Mark, effective


def mark(kind, strength):
    return DissociationMark(mark=kind, strength=strength)


def peak(*written, start=0):
    rated = dissociation.ratings(effective(log(*written)))
    return dissociation.peak(rated, None if start is None else at(start))


@pytest.mark.parametrize("kind", Mark)
def test_a_strength_counts_whatever_gave_it(kind):
    found = peak((5, read("", dissociation=4)), (9, mark(kind, 6)), (12, read("", dissociation=5)))
    assert (found.strength, found.at) == (6, at(9))


def test_of_equals_the_first_is_the_peak():
    assert peak((5, read("", dissociation=7)), (9, mark(Mark.PEAK, 7))).at == at(5)


def test_what_was_felt_before_the_start_is_no_peak():
    assert peak((-5, read("", dissociation=9)), (5, read("", dissociation=2))).strength == 2
    assert peak((-5, read("", dissociation=9))) is None
    assert peak((5, read("", dissociation=9)), start=None) is None


def test_a_zero_is_a_peak_and_nothing_rated_is_none():
    assert peak((5, read("", dissociation=0))).strength == 0
    assert peak((5, read("120/80")), (6, mark(Mark.ONSET, None))) is None


def test_a_corrected_strength_counts_no_more():
    assert peak((5, read("", dissociation=9)), (5, read("", dissociation=3), "key-1")).strength == 3


def test_ratings_stand_by_time_whatever_arrived_first():
    rated = dissociation.ratings(log((20, mark(Mark.PEAK, 8)), (5, read("", dissociation=3))))
    assert [(one.at, one.strength) for one in rated] == [(at(5), 3), (at(20), 8)]
