"""What each reader is told of some seventy people: the tiles, both sentences, the alerts.

The file beside it was read as a psychiatrist and as a patient, line by line. Where words change on
purpose: python -m tests.domain.progress.test_readers writes it anew, to be read again.
"""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.charts.courses import at, prepare
from tests.domain.courses.test_baselines import BOOSTER, MAINTENANCE, PAIN, phq9, series
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.codes import Occasion
from tracker.domain.courses.course import courses, doses
from tracker.domain.progress import attention, tiles
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Audience
from tracker.domain.scores.interpretation import verdicts
from tracker.instruments import library

TOLD = Path(__file__).with_name("readers.txt")
SIX = series(1, 0, 3, 7, 10, 14, 17)
AGAIN = series(2, 400, 403, 407)


def of(code, *totals, every=7, first=-1):
    """Totals of one scale: the first a day before the first dose, then one a week."""
    days = [first, *(every * n for n in range(1, len(totals)))]
    return [phq9(total, day, instrument=code) for total, day in zip(totals, days, strict=True)]


def depressed(*totals, **when):
    return of("phq9", *totals, **when)


def changed(scores, number, **values):
    """Change one of some scores."""
    return [replace(s, **values) if n == number else s for n, s in enumerate(scores)]


# name: (sessions, scores, the day on which it is read)
PEOPLE = {
    # Nothing, or little.
    "nobody": ([], [], 0),
    "scores before any dose": ([], depressed(19, 18), 8),
    "baseline before any dose": ([], changed(depressed(19), 0, occasion=Occasion.BASELINE), 1),
    "baseline alone": (SIX, depressed(19), 20),
    "sessions alone": (SIX, [], 20),
    "one later score": (SIX[:1], depressed(19, 12), 8),
    # Better.
    "response": (SIX, depressed(19, 14, 9), 20),
    "exactly half": (SIX, depressed(18, 9), 8),
    "half of an odd number": (SIX, depressed(19, 10), 8),
    "response and remission": (SIX, depressed(21, 12, 4), 20),
    "remission, kept": (SIX, depressed(21, 12, 4, 3, 2, 4), 40),
    "real, short of response": (SIX, depressed(24, 16), 10),
    "matters, may be chance": (SIX, depressed(20, 15), 10),
    "within error": (SIX, depressed(20, 18), 10),
    "no change": (SIX, depressed(20, 20), 10),
    "floor": (SIX, depressed(12, 0), 10),
    # Never ill, or hardly.
    "never ill": (SIX, depressed(4, 2), 10),
    "just below entry": (SIX, depressed(9, 3), 10),
    "just at entry": (SIX, depressed(10, 5), 10),
    "baseline of nothing": (SIX, depressed(0, 3), 10),
    # Worse.
    "worse": (SIX, depressed(12, 20), 10),
    "a little worse": (SIX, depressed(12, 14), 10),
    "slowly worse": (SIX, depressed(10, 13, 17), 20),
    "the worst possible": (SIX, depressed(20, 27), 10),
    "worse after never ill": (SIX, depressed(3, 14), 10),
    # Lost and regained.
    "lost by two scores": (SIX, depressed(20, 10, 14, 15), 30),
    "lost at once": (SIX, depressed(20, 10, 19), 20),
    "to and fro": (SIX, depressed(20, 10, 11, 10, 11, 10, 11), 50),
    "out of it once": (SIX, depressed(20, 9, 12), 20),
    "lost and regained": (SIX, depressed(20, 9, 13, 14, 8, 7), 50),
    "lost twice": (SIX, depressed(20, 9, 13, 14, 8, 18), 50),
    "relapse after remission": (SIX, depressed(21, 5, 3, 12, 14), 60),
    "eight silent weeks": (SIX, depressed(19, 9, 8), 80),
    "silent for half a year": (SIX, depressed(19, 9, 8), 200),
    # The baseline.
    "no baseline": (SIX, depressed(20, 10, first=5), 10),
    "baseline ten minutes late": (SIX, [phq9(22, 0, 10), phq9(11, 30)], 31),
    "baseline too old": (SIX, depressed(20, 10, first=-20), 10),
    "complete before prorated": (SIX, [phq9(20, -3), phq9(17, -1, prorated=True), phq9(9, 7)], 8),
    "prorated baseline": (SIX, changed(depressed(18, 9), 0, prorated=True), 8),
    "prorated now": (SIX, changed(depressed(18, 9), 1, prorated=True), 8),
    "two at one instant": (SIX, [phq9(20, -1), phq9(12, -1), phq9(9, 7)], 8),
    "two on the day": (SIX, [phq9(20, -1), phq9(14, 7), phq9(15, 7, 60)], 8),
    "given in the wrong order": (SIX, depressed(19, 14, 9)[::-1], 20),
    "another version": (
        SIX, changed(changed(depressed(19, 9), 0, version="1"), 1, version="2"), 10
    ),
    # Several courses.
    "second course": ([*SIX, *AGAIN], [*depressed(20, 9), phq9(22, 399), phq9(11, 420)], 425),
    "second course, no baseline": ([*SIX, *AGAIN], [*depressed(20, 9), phq9(11, 420)], 425),
    "second course, no score yet": ([*SIX, *AGAIN], depressed(20, 9), 410),
    "second course, first without": ([*SIX, *AGAIN], [phq9(22, 399), phq9(11, 420)], 425),
    "between two courses": (SIX, [*depressed(20, 9), phq9(12, 200), phq9(13, 210)], 215),
    "booster within 90 days": (
        [*SIX, *series(2, 60, **BOOSTER)], [*depressed(20, 9, 14, 15), phq9(8, 67)], 70
    ),
    "booster after 90 days": (
        [*SIX, *series(2, 200, **BOOSTER)], [*depressed(20, 9), phq9(18, 199), phq9(9, 207)], 210
    ),
    "maintenance": (
        [*SIX, *series(2, 31, 45, 59, **MAINTENANCE)], [*depressed(20, 9, 8, 7), phq9(7, 60)], 62
    ),
    "pain beside depression": (
        [*SIX, *series(2, 8, 15, **PAIN)],
        [*depressed(20, 9), phq9(7, 7, instrument="peg"), phq9(4, 20, instrument="peg")],
        21,
    ),
    # Other scales.
    "MADRS halved": (SIX, of("madrs", 38, 19), 10),
    "MADRS, too little": (SIX, of("madrs", 30, 29), 10),
    "MADRS worse": (SIX, of("madrs", 30, 45), 10),
    "GAD-7": (SIX, of("gad7", 15, 9), 10),
    "BDI-II": (SIX, of("bdi2", 32, 24), 10),
    "HAM-D": (SIX, of("hamd17", 24, 12), 10),
    "QIDS": (SIX, of("qids-sr16", 18, 9), 10),
    "PCL-5, real and low": (SIX, of("pcl5", 50, 24), 40),
    "PCL-5, low but not real": (SIX, of("pcl5", 38, 28), 40),
    "PEG": (SIX, of("peg", Decimal("7.3"), Decimal("4.0")), 10),
    "WHO-5 better": (SIX, of("who5", 28, 64), 10),
    "WHO-5 worse": (SIX, of("who5", 64, 28), 10),
    "MEQ-30": (SIX, of("meq30", 40, 80), 10),
    "two leading scales": (SIX, [*depressed(22, 11), *of("madrs", 38, 30)], 10),
    # Danger.
    "C-SSRS typed": (SIX, of("c-ssrs-screener", 0, 3), 10),
    "C-SSRS moderate": (SIX, of("c-ssrs-screener", 1, 2), 10),
    "mania": (SIX, [*depressed(20, 9), *of("ymrs", 2, 25)], 10),
    "mania by its own report": (SIX, of("asrm", 1, 14), 10),
    "severe, by its total alone": (SIX, depressed(19, 25), 10),
}  # fmt: skip


def alerts(sessions, scores):
    """Every alert of a person as their scores came in."""
    counted = courses(doses(sessions))
    for code in dict.fromkeys(score.instrument for score in scores):
        instrument = library()[code]
        judged = verdicts(scores, instrument, counted)
        for number, verdict in enumerate(judged, 1):
            causes = [
                *alert_rules.of_total(instrument, verdict.score.total, {}),
                *alert_rules.of_change(judged[:number]),
            ]
            for cause in causes:
                urgent = "urgent, " if cause.urgent else ""
                yield f"{urgent}{alert_rules.sentence(cause.kind, cause.facts)}"


def told(name):
    """Write all that is told of one person."""
    sessions, scores, day = PEOPLE[name]
    course = prepare(sessions, scores, now=at(day))
    own = prepare(sessions, scores, now=at(day), audience=Audience.PATIENT)
    lines = [f"## {name}"]
    for row in tiles.rows(course):
        shown = (
            f"{tile.about}: {tile.answer}{f' ({tile.detail})' if tile.detail else ''}"
            f"{'' if tile.tone == 'plain' else f' [{tile.tone}]'}"
            for tile in row.tiles
        )
        lines.append(f"tiles      {row.title} | {' | '.join(shown)}")
    status = progress_summary.status(course)
    lines.append(f"list       {status.last} | {status.change}")
    lines += [f"attention  {why}" for why in attention.reasons(course)]
    worse = " [what to do when worse]" if progress_summary.is_worse(own) else ""
    lines.append(f"patient    {progress_summary.sentence(own)}{worse}")
    lines.append(f"clinician  {progress_summary.sentence(course)}")
    lines += [f"earlier    {line}" for line in progress_summary.earlier_courses(course)]
    lines += [f"alert      {line}" for line in alerts(sessions, scores)]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def read():
    """What was read, by name."""
    parts = TOLD.read_text(encoding="utf-8").split("\n\n")
    return {part.partition("\n")[0].removeprefix("## "): part.rstrip() + "\n" for part in parts}


def test_there_are_enough_people_and_each_was_read(read):
    assert len(PEOPLE) >= 60
    assert list(read) == list(PEOPLE)


@pytest.mark.parametrize("name", PEOPLE)
def test_each_reader_is_told_what_was_read_before(read, name):
    assert told(name) == read[name]


if __name__ == "__main__":
    TOLD.write_text("\n".join(told(name) for name in PEOPLE), encoding="utf-8")
