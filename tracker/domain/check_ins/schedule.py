"""The schedule of a series: which questionnaires are asked for, and counted from what.

Lines that fall due at the same time are one check-in, known by its key: `baseline`,
`before-session:3`, `hours-after:4:session-7`, `after-last:1:session-6`, `weeks-after:8:session-6`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.codes import Indication, Occasion, Phase, Word
from tracker.domain.problems import Problem
from tracker.domain.stored_content import read_stored, to_stored

LINES_MAX = 40
CLINIC_DEFAULT = "Clinic default"
CHOSEN = "Chosen for this series"


class Anchor(Word):
    """What a line of a schedule counts from; `number` is what it counts."""

    BASELINE = "baseline", "Before treatment begins"
    BEFORE_EVERY = "before-every", "Before every nth session"
    BEFORE_SESSION = "before-session", "Before one session"
    HOURS_AFTER = "hours-after", "Hours after every session"
    AFTER_LAST = "after-last", "Days after the last session"
    WEEKS_AFTER = "weeks-after", "Weeks after the last session"


# What the number of a line means, and how far it may go. None: the line has no number.
RANGES: Mapping[Anchor, tuple[int, int] | None] = {
    Anchor.BASELINE: None,
    Anchor.BEFORE_EVERY: (1, 12),
    Anchor.BEFORE_SESSION: (1, 60),
    Anchor.HOURS_AFTER: (1, 168),
    Anchor.AFTER_LAST: (0, 3),
    Anchor.WEEKS_AFTER: (1, 104),
}
OCCASIONS: Mapping[str, Occasion] = {
    Anchor.BASELINE: Occasion.BASELINE,
    Anchor.BEFORE_EVERY: Occasion.BEFORE_SESSION,
    Anchor.BEFORE_SESSION: Occasion.BEFORE_SESSION,
    Anchor.HOURS_AFTER: Occasion.HOURS_AFTER,
    Anchor.AFTER_LAST: Occasion.FOLLOW_UP,
    Anchor.WEEKS_AFTER: Occasion.FOLLOW_UP,
}
_ORDER = list(Anchor)
_ORDINALS = {1: "", 2: "second ", 3: "third "}


class ScheduleLine(Struct, frozen=True, kw_only=True):
    """Ask for these instruments, `number` sessions, hours, days or weeks from the anchor.

    `number` is 0 where the anchor has none. `source` says who published the time.
    """

    instruments: tuple[str, ...]
    anchor: Anchor
    number: int = 0
    source: str = CLINIC_DEFAULT

    @property
    def label(self) -> str:
        """Say when, in words."""
        number, s = self.number, "" if self.number == 1 else "s"
        match self.anchor:
            case Anchor.BEFORE_EVERY:
                return f"Before every {_ORDINALS.get(number, f'{number}th ')}session"
            case Anchor.BEFORE_SESSION:
                return f"Before session {number}"
            case Anchor.HOURS_AFTER:
                return f"{number} hour{s} after every session"
            case Anchor.AFTER_LAST:
                days = f"{number} day{s} after" if number else "On the day of"
                return f"{days} the last session"
            case Anchor.WEEKS_AFTER:
                return f"{number} week{s} after the last session"
        return self.anchor.label


def check(lines: Sequence[ScheduleLine], *, answerable: Collection[str]) -> list[Problem]:
    """List everything that cannot be; fields are `lines-<place>-number` and the like.

    `answerable` are the codes of the instruments that patients can answer.
    """
    problems = []
    if len(lines) > LINES_MAX:
        problems.append(Problem("", f"Give at most {LINES_MAX} lines."))
    for place, line in enumerate(lines):
        problems += _check_line(f"lines-{place}", line, answerable)
    problems += _check_doubles(lines)
    return problems


def _check_line(field: str, line: ScheduleLine, answerable: Collection[str]) -> Iterator[Problem]:
    if not line.instruments:
        yield Problem(f"{field}-instruments", "Choose a questionnaire, or remove the line.")
    if unknown := [code for code in line.instruments if code not in answerable]:
        names = ", ".join(unknown)
        yield Problem(f"{field}-instruments", f"Patients cannot answer these: {names}.")
    limits = RANGES[line.anchor]
    if limits is None:
        return
    lowest, highest = limits
    if not lowest <= line.number <= highest:
        yield Problem(f"{field}-number", f"Give a whole number from {lowest} to {highest}.")


def _check_doubles(lines: Sequence[ScheduleLine]) -> Iterator[Problem]:
    seen: set[tuple[Anchor, int, str]] = set()
    for place, line in enumerate(lines):
        asked = {(line.anchor, line.number, code) for code in line.instruments}
        if asked & seen:
            message = "Another line asks the same at the same time. Remove one of them."
            yield Problem(f"lines-{place}-instruments", message)
        seen |= asked


def in_order(lines: Iterable[ScheduleLine]) -> tuple[ScheduleLine, ...]:
    """Sort lines as a course runs: before it, during it, after it."""
    return tuple(sorted(lines, key=lambda line: (_ORDER.index(line.anchor), line.number)))


def add_sources(
    lines: Iterable[ScheduleLine], usual: Iterable[ScheduleLine]
) -> tuple[ScheduleLine, ...]:
    """Give each line the source of the usual line it equals; any other was chosen here."""
    known = {(line.anchor, line.number, line.instruments): line.source for line in usual}
    return tuple(
        replace(line, source=known.get((line.anchor, line.number, line.instruments), CHOSEN))
        for line in lines
    )


def pack(lines: Iterable[ScheduleLine]) -> list[dict[str, object]]:
    """Write lines as JSON values, for the series that keeps them."""
    packed: list[dict[str, object]] = to_stored(list(lines))
    return packed


def unpack(stored: Iterable[Mapping[str, Any]]) -> tuple[ScheduleLine, ...]:
    """Read kept lines back."""
    return read_stored(stored, tuple[ScheduleLine, ...])


def title(key: str | None) -> str:
    """Say in words when a check-in is asked for; None is one that was sent by hand."""
    anchor, *rest = (key or "").split(":")
    number = int(rest[0]) if rest else 0
    if anchor == Anchor.HOURS_AFTER.value:
        s = "" if number == 1 else "s"
        return f"{number} hour{s} after session {rest[1].removeprefix('session-')}"
    if anchor in OCCASIONS:
        return ScheduleLine(instruments=(), anchor=Anchor(anchor), number=number).label
    return "Sent by the clinic"


_BASELINE = "Sanacora 2017, JAMA Psychiatry 74:399 (symptoms measured before treatment)"
_BEFORE = "ELEKT-D, NCT03113968 (questionnaires before treatments); every second: clinic default"
_HOURS = {
    4: "Talati 2019, Indian J Priv Psychiatry 13:31 (4 and 24 hours)",
    24: "Ketamine meta-analysis 2016 (24 hours, 72 hours, 7 days after one dose)",
    72: "Ketamine meta-analysis 2016 (24 hours, 72 hours, 7 days after one dose)",
}
_WEEKS = {
    1: "Ketamine meta-analysis 2016 (7 days)",
    2: "McInnes 2022, doi:10.1016/j.jad.2021.12.097 (14 to 31 days after induction)",
    4: "McInnes 2022, doi:10.1016/j.jad.2021.12.097 (14 to 31 days; response kept at 4 weeks)",
    8: "McInnes 2022, doi:10.1016/j.jad.2021.12.097 (response kept at 8 weeks)",
    12: "Pfeiffer 2024, J Clin Psychiatry 85:23m14984 (PHQ-9 at 12 weeks)",
}
_PAST_WEEK = "PCL-5, past week version of 11 April 2018, ptsd.va.gov; time: clinic default"
_MONTH = 4  # weeks from the last session on, in which a form about the past month speaks of after


class _Scale(Struct, frozen=True):
    """What tells the course of an indication; `within` is asked where `about` looks too far back.

    The times of the studies are those of depression: `published` says whether they speak of it.
    """

    about: str
    within: str
    published: bool = False


_SCALES = {
    Indication.DEPRESSION: _Scale("phq9", "phq9", published=True),
    Indication.ANXIETY: _Scale("gad7", "gad7"),
    Indication.PTSD: _Scale("pcl5", "pcl5-week"),
    Indication.CHRONIC_PAIN: _Scale("peg", "peg"),
}
# After which weeks from the last session each phase is followed up.
_FOLLOWED = {
    Phase.INDUCTION: (1, 2, 4, 8, 12),
    Phase.MAINTENANCE: (4, 12),
    Phase.BOOSTER: (1, 2, 4),
}


def usual(indication: Indication, phase: Phase) -> tuple[ScheduleLine, ...]:
    """Give the schedule of a template, which says the phase, and an indication.

    An induction asks before sessions 1, 3, 5 and so on; maintenance, two weeks apart, before each.
    """
    rated = tuple(
        _line(("mood-nrs", "pain-nrs"), Anchor.HOURS_AFTER, hours, _HOURS[hours])
        for hours in (4, 24, 72)
    )
    scale = _SCALES.get(indication)
    if scale is None:
        return rated
    return (*_before(scale, phase), *rated, *_after(scale, phase))


def _before(scale: _Scale, phase: Phase) -> tuple[ScheduleLine, ...]:
    baseline = _line((scale.about,), Anchor.BASELINE, 0, _of(scale, _BASELINE, monthly=True))
    if phase is Phase.INDUCTION:
        every = _line((scale.within,), Anchor.BEFORE_EVERY, 2, _of(scale, _BEFORE))
        return baseline, every
    each = _line((scale.within,), Anchor.BEFORE_EVERY, 1, _of(scale, ""))
    # One booster has its baseline before its only session.
    return (each,) if phase is Phase.BOOSTER else (baseline, each)


def _after(scale: _Scale, phase: Phase) -> tuple[ScheduleLine, ...]:
    next_day = _line((scale.within,), Anchor.AFTER_LAST, 1, _of(scale, ""))
    weeks = tuple(
        _line(
            (scale.about if week >= _MONTH else scale.within,),
            Anchor.WEEKS_AFTER,
            week,
            _of(scale, _WEEKS[week], monthly=week >= _MONTH),
        )
        for week in _FOLLOWED[phase]
    )
    return (next_day, *weeks) if phase is Phase.INDUCTION else weeks


def _of(scale: _Scale, source: str, *, monthly: bool = False) -> str:
    """Name the source of a time where it speaks of the scale's indication."""
    if scale.within != scale.about and not monthly:
        return _PAST_WEEK
    return source if source and scale.published else CLINIC_DEFAULT


def _line(codes: tuple[str, ...], anchor: Anchor, number: int, source: str) -> ScheduleLine:
    return ScheduleLine(instruments=codes, anchor=anchor, number=number, source=source)
