"""An analysis in words: what was fitted by what, of how many, and what it does not say."""

from tracker.domain.formatting import times
from tracker.domain.outcomes.analysis.comparison import GroupComparison, GroupFigures
from tracker.domain.outcomes.analysis.least_squares import FittedTerm
from tracker.domain.outcomes.analysis.model import MixedModel
from tracker.domain.outcomes.analysis.question import CountedFrom
from tracker.domain.outcomes.course_outcome import WEEKS_MAX
from tracker.domain.outcomes.text import percent, tenths

NO_EFFECT = (
    "Who came into which group was not drawn by lot, unless a study did so: a difference between "
    "groups, or a change in time, is no effect of a treatment."
)
INSTALL = (
    "This server has no libraries for mixed models. Whoever runs it installs them with "
    "pip install '.[analysis]'; all else on this page works without."
)
FAULTS = {
    "not installed": INSTALL,
    "busy": "Another analysis is being worked out. Try again in half a minute.",
    "too long": "It took longer than 25 seconds and was ended. Pick out fewer courses.",
    "failed": "The program that fits models ended with a fault. Whoever runs the server finds it "
    "in the log.",
}
NO_MODEL = (
    "Nothing could be fitted: one of the columns follows from others, or there are too few scores."
)
NOT_CONVERGED = (
    "The search did not converge: the figures below are where it stopped, and not to be told on."
)


def fault(model: MixedModel) -> str:
    """Say why there are no figures; '' where there are some."""
    return FAULTS.get(model.fault, NO_MODEL) if model.fault else ""


def unit(counted_from: CountedFrom) -> str:
    """Name what is counted."""
    return "Courses" if counted_from is CountedFrom.COURSE else "People"


def mean(value: float | None, sd: float | None) -> str:
    """Write a mean and its spread: `16.2 (SD 13.7)`; '' of nobody."""
    if value is None:
        return ""
    return tenths(value) if sd is None else f"{tenths(value)} (SD {tenths(sd)})"


def of_before(group: GroupFigures, people_min: int) -> str:
    """Write the change of the mean in percent of the mean before; '' of too few."""
    if group.share_of_before is None or group.pair is None or group.pair.n < people_min:
        return ""
    sign = "−" if group.share_of_before < 0 else "+"
    return f"{sign}{percent(abs(group.share_of_before))} %"


def paired_t(group: GroupFigures, people_min: int) -> str:
    """Write the t of before against after: `t 4.22, 9 degrees of freedom`; '' of too few."""
    if group.pair is None or group.pair.t is None or group.pair.n < people_min:
        return ""
    degrees = times(group.pair.n - 1, "degree")
    return f"t {group.pair.t:.2f}, {degrees} of freedom".replace("-", "−")


def term(one: FittedTerm, places: int = 2) -> str:
    """Write a part of a fitted line: `−4.59 (−7.05 to −2.12)`."""
    value, low, high = (decimals(number, places) for number in (one.value, *one.ends))
    return f"{value} ({low} to {high})"


def decimals(value: float, places: int = 2) -> str:
    """Write a number with so many decimals, and its sign as a minus that is one."""
    told = f"{value:.{places}f}".replace("-", "−")
    return told if told.strip("−0.") else told.replace("−", "")


def courses_of(found: GroupComparison) -> str:
    """Say that some have two courses, and what that means for intervals; '' where nobody has."""
    if found.people == found.n:
        return ""
    return (
        f"{found.n} courses of {found.people} people: two courses of one person are taken as those "
        "of two, so that intervals of groups are a little too narrow."
    )


def left_out(found: GroupComparison, people_min: int) -> str:
    """Say which groups are in no difference, and why."""
    if not found.left_out:
        return ""
    named = ", ".join(found.left_out)
    return f"In no difference and no model, with fewer than {people_min} that have both: {named}."


def random(model: MixedModel) -> tuple[tuple[str, str], ...]:
    """Name the variances of a model, each with its number."""
    names = ("Variance between people, level", "Variance between people, slope")
    told = [
        (name, decimals(model.random[place][place]))
        for place, name in enumerate(names[: len(model.random)])
    ]
    if len(model.random) > 1:
        told.append(("Covariance of level and slope", decimals(model.random[0][1])))
    if model.residual is not None:
        told.append(("Variance within people", decimals(model.residual)))
    return tuple(told)


def who(model: MixedModel, counted_from: CountedFrom) -> str:
    """Say of how many people and scores a model tells, and who is not in it."""
    scores = times(model.scores, "score")
    of = f"{model.followed} {unit(counted_from).lower()} followed"
    verb = "has" if model.without_later == 1 else "have"
    weekly = ""
    if counted_from is CountedFrom.COURSE:
        weekly = f" One score a week, the nearest to its day, up to week {WEEKS_MAX}."
    return (
        f"n = {model.people} people with {scores} after the first, of {of}. {model.without_later} "
        f"{verb} a score before and none after.{weekly}"
    )
