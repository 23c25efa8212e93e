"""PHQ-9, GAD-7 and PCL-5 against the published rules, worked a second time in another way.

The rules are those of Kroenke, Spitzer and Williams 2001 (PHQ-9: sum of nine; 5, 10, 15, 20),
Spitzer and others 2006 (GAD-7: sum of seven; 5, 10, 15), Weathers and others 2013 with Blevins and
others 2015 (PCL-5: sum of twenty; an answer of 2 or more counts, and 1 B, 1 C, 2 D and 2 E items
make the provisional pattern) and Bovin and others 2016 (a cut of 31). They were compared with two
public scorers, which say the same: CamCOPS of the University of Cambridge (tasks/pcl5.py, phq9.py,
gad7.py) and awell-health/awell-score (pcl_5, phq_9). Two of the answer sets below that come with
their totals are from the latter, one is the example of a GAD-7 response in the guide of the German
Medical Informatics Initiative (kerndatensatzmodul-proms).

How many answers may be missing is our own rule (see the files). Here it is worked by whole numbers
alone: half up of a/b is (2a + b) // 2b.
"""

import random
from bisect import bisect_right
from collections import Counter
from decimal import Decimal

import pytest

from tracker.domain.instruments.scoring import score
from tracker.instruments import library

PHQ9_BANDS = ((5, 10, 15, 20), ("Minimal", "Mild", "Moderate", "Moderately severe", "Severe"))
GAD7_BANDS = ((5, 10, 15), ("Minimal", "Mild", "Moderate", "Severe"))
PCL5_BANDS = ((31,), ("Below the usual cut", "At or above the usual cut"))
LETTERS = "BBBBBCCDDDDDDDEEEEEE"
SETS = 1_000


def expected_total(row, may_miss):
    """Tally the answers by what they are worth; None for no total."""
    tally = Counter(row)
    gaps = tally.pop(None, 0)
    worth = sum(value * times for value, times in tally.items())
    if gaps > may_miss:
        return None
    answered = len(row) - gaps
    return (2 * worth * len(row) + answered) // (2 * answered)


def expected_band(total, cuts, labels):
    return None if total is None else labels[bisect_right(cuts, total)]


def expected_pattern(row):
    """Fill the gaps with the mildest and then the strongest answers; None where that differs."""

    def met(filler):
        filled = [filler if value is None else value for value in row]
        endorsed = Counter(
            letter for letter, v in zip(LETTERS, filled, strict=True) if v in {2, 3, 4}
        )
        return not Counter("BCDDEE") - endorsed

    mildest, strongest = met(0), met(4)
    return mildest if mildest == strongest else None


def random_rows(length, highest, seed):
    """Make answer sets of every kind: mild and severe, with no gap and with several."""
    chance = random.Random(seed)
    for _ in range(SETS):
        centre, gaps = chance.uniform(0, highest), chance.choice((0, 0, 0, 1, 1, 2, 3, 5))
        row = [min(highest, max(0, round(chance.gauss(centre, 1)))) for _ in range(length)]
        for place in chance.sample(range(length), gaps):
            row[place] = None
        yield row


def scored(code, row):
    instrument = library()[code]
    answers = {
        item.code: None if value is None else Decimal(value)
        for item, value in zip(instrument.scored_items, row, strict=True)
    }
    result = score(instrument, answers)
    band = instrument.band(result.total) if result.total is not None else None
    return result, band.label if band else None


@pytest.mark.parametrize(
    ("code", "length", "highest", "may_miss", "bands"),
    [
        ("phq9", 9, 3, 2, PHQ9_BANDS),
        ("gad7", 7, 3, 1, GAD7_BANDS),
        ("pcl5", 20, 4, 0, PCL5_BANDS),
        ("pcl5-week", 20, 4, 0, PCL5_BANDS),
    ],
)
def test_a_thousand_answer_sets_come_to_the_same_totals_and_bands(
    code, length, highest, may_miss, bands
):
    seen = Counter()
    for row in random_rows(length, highest, seed=f"{code} 2026"):
        result, band = scored(code, row)
        total = expected_total(row, may_miss)
        assert (result.total, band) == (total, expected_band(total, *bands)), row
        seen[band] += 1
    assert set(seen) == {*bands[1], None}  # every band came up, and so did no total at all
    assert sum(seen.values()) == SETS


@pytest.mark.parametrize("code", ["pcl5", "pcl5-week"])
def test_a_thousand_answer_sets_show_the_same_pattern(code):
    seen = Counter()
    for row in random_rows(20, 4, seed=f"{code} pattern 2026"):
        result, _ = scored(code, row)
        [(_, holds)] = result.patterns
        assert holds is expected_pattern(row), row
        seen[holds] += 1
    assert min(seen[True], seen[False], seen[None]) > 5


@pytest.mark.parametrize("code", ["pcl5", "pcl5-week"])
def test_a_thousand_answer_sets_have_the_same_clusters(code):
    for row in random_rows(20, 4, seed=f"{code} clusters 2026"):
        result, _ = scored(code, row)
        for part, total in result.subscales:
            letter = part.code[-1].upper()
            within = row[LETTERS.index(letter) : LETTERS.rindex(letter) + 1]
            assert total == expected_total(within, 0), row


@pytest.mark.parametrize(
    ("code", "row", "total", "band"),
    [
        ("phq9", [3, 0, 1, 2, 0, 0, 1, 0, 3], 10, "Moderate"),  # awell-score, phq_9
        ("phq9", [3] * 9, 27, "Severe"),  # awell-score, phq_9
        ("gad7", [1, 1, 1, 2, 2, 0, 0], 7, "Mild"),  # Medical Informatics Initiative
        ("pcl5", [2] * 20, 40, PCL5_BANDS[1][1]),  # awell-score, pcl_5
    ],
)
def test_answer_sets_that_others_publish_come_to_the_totals_they_say(code, row, total, band):
    result, found = scored(code, row)
    assert (result.total, found) == (total, band)


def test_the_clusters_and_the_pattern_of_moderately_throughout_are_as_published():
    result, _ = scored("pcl5", [2] * 20)  # awell-score, pcl_5
    assert [total for _, total in result.subscales] == [10, 4, 14, 12]
    assert [holds for _, holds in result.patterns] == [True]
