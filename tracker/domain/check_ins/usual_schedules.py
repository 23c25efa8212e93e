"""The schedules that hold until a clinic edits one, each time with the source that used it.

Nobody has published when to ask during a course of ketamine in a clinic; these are the times at
which the studies named here asked, and the rest says that it is a default of the clinic.
"""

from dataclasses import dataclass

from tracker.domain.check_ins.schedule import CLINIC_DEFAULT, Anchor, ScheduleLine
from tracker.domain.codes import Indication, Phase

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


@dataclass(frozen=True, slots=True)
class _Scale:
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
