"""Series of sessions: templates, the dates they lay out, and how a series may change state."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.clinic.doses import ACUTE_SUICIDALITY
from tracker.domain.clinic.labels import SPRAVATO
from tracker.domain.codes import CourseRole, Drug, Indication, Phase, Route, SeriesState
from tracker.domain.parsing import check_reason
from tracker.domain.problems import Problem
from tracker.domain.series import placing, planned_dose
from tracker.domain.series.placing import PlacedDay
from tracker.domain.series.planned_dose import PlannedDose

SESSIONS_MAX = 60
# What the days of the sessions follow from.
LAYING_OUT = ("template", "starts_on", "session_count", "days_apart", "weekdays")
DAYS_APART_MAX = 365
STARTS_IN_YEARS = range(1970, 2200)  # ketamine was licensed in 1970


class SeriesTemplate(Struct, frozen=True):
    """A usual series: the days of its sessions counted from the first, and what is given."""

    code: str
    title: str
    days: tuple[int, ...]
    phase: Phase
    drug: Drug | None = None
    route: Route | None = None
    source: str = ""
    indication: Indication | None = None
    planned_dose_mg: Decimal | None = None


def _every(days: tuple[int, ...], weeks: range) -> tuple[int, ...]:
    return tuple(7 * week + day for week in weeks for day in days)


TEMPLATES = {
    template.code: template
    for template in (
        SeriesTemplate(
            "six-in-three-weeks",
            "6 sessions in 3 weeks (twice a week)",
            _every((0, 3), range(3)),
            Phase.INDUCTION,
            Drug.KETAMINE,
            None,
            "ELEKT-D, N Engl J Med 2023: twice weekly for 3 weeks",
        ),
        SeriesTemplate(
            "six-in-two-weeks",
            "6 sessions in 2 weeks (three a week)",
            _every((0, 2, 4), range(2)),
            Phase.INDUCTION,
            Drug.KETAMINE,
            None,
            "Feder, Am J Psychiatry 2021: three a week for 2 weeks",
        ),
        SeriesTemplate(
            "esketamine-eight-weeks",
            "Esketamine: twice a week for 4 weeks, then weekly for 4 weeks",
            _every((0, 3), range(4)) + _every((0,), range(4, 8)),
            Phase.INDUCTION,
            Drug.ESKETAMINE,
            Route.NASAL,
            f"{SPRAVATO}: weeks 1-4 twice weekly, weeks 5-8 weekly",
        ),
        SeriesTemplate(
            "esketamine-maintenance",
            "Esketamine maintenance: every 2 weeks, 6 sessions",
            tuple(range(0, 84, 14)),
            Phase.MAINTENANCE,
            Drug.ESKETAMINE,
            Route.NASAL,
            f"{SPRAVATO}: from week 9 weekly or every 2 weeks",
        ),
        SeriesTemplate(
            ACUTE_SUICIDALITY,
            "Esketamine for depression with acute suicidality: 84 mg twice a week for 4 weeks",
            _every((0, 3), range(4)),
            Phase.INDUCTION,
            Drug.ESKETAMINE,
            Route.NASAL,
            f"{SPRAVATO}, acute suicidal ideation or behavior: 84 mg twice weekly, 4 weeks",
            Indication.DEPRESSION,
            Decimal(84),
        ),
        SeriesTemplate("booster", "One booster session", (0,), Phase.BOOSTER),
        SeriesTemplate(
            "custom", "Custom: give the number and the days between", (), Phase.INDUCTION
        ),
    )
}


class SeriesDraft(Struct, frozen=True, kw_only=True):
    """A series for one indication. The planned dose is in mg or in mg/kg, never both.

    `course_role` left open (None) follows the rule of courses. `first_dose`, in the unit of the
    planned dose, is that of the first sessions: `first_dose_count` of them, else one. `doses` are
    those that were typed for one session each, first to last; an empty one follows.
    `planned_time` and `weekdays` (Monday is 0; none: any but Sunday) are of the clinic's days.
    """

    indication: Indication | None
    drug: Drug | None
    route: Route | None
    phase: Phase | None
    starts_on: date | None
    template: str = "custom"
    planned_dose_mg: Decimal | None = None
    planned_dose_mg_per_kg: Decimal | None = None
    course_role: CourseRole | None = None
    session_count: int | None = None
    days_apart: int | None = None
    first_dose: Decimal | None = None
    first_dose_count: int | None = None
    planned_time: time | None = None
    chair: str = ""
    weekdays: tuple[int, ...] = ()
    doses: tuple[PlannedDose, ...] = ()

    @property
    def planned_dose(self) -> PlannedDose:
        """The dose that is planned for its sessions."""
        return PlannedDose(self.planned_dose_mg, self.planned_dose_mg_per_kg)

    def own_dose(self, number: int) -> PlannedDose:
        """Say which dose of its own a session has, counted from 1; none where it follows."""
        typed = self.doses[number - 1] if number <= len(self.doses) else PlannedDose()
        own = typed or self.dose_as_planned(number)
        return PlannedDose() if own == self.planned_dose else own

    def dose_as_planned(self, number: int) -> PlannedDose:
        """Say what a session is given where nothing is typed for it alone."""
        first = self.first_dose
        if first is None or number > (self.first_dose_count or 1):
            return self.planned_dose
        return PlannedDose(mg_per_kg=first) if self.planned_dose.mg_per_kg else PlannedDose(first)

    @property
    def count(self) -> int:
        """Say how many sessions it plans."""
        if self.template == "custom":
            return self.session_count or 0
        return len(TEMPLATES[self.template].days) if self.template in TEMPLATES else 0


class SeriesChange(Struct, frozen=True, kw_only=True):
    """What may still change once a series is planned; its dates are moved one by one."""

    indication: Indication | None
    drug: Drug | None
    route: Route | None
    phase: Phase | None
    planned_dose_mg: Decimal | None = None
    planned_dose_mg_per_kg: Decimal | None = None
    course_role: CourseRole | None = None


# state -> the states that may follow; a stopped or completed series may be taken up again.
NEXT_STATES = {
    SeriesState.PLANNED: (SeriesState.ACTIVE, SeriesState.STOPPED),
    SeriesState.ACTIVE: (SeriesState.COMPLETED, SeriesState.STOPPED),
    SeriesState.COMPLETED: (SeriesState.ACTIVE,),
    SeriesState.STOPPED: (SeriesState.ACTIVE,),
}


def fill(draft: SeriesDraft) -> SeriesDraft:
    """Take from the template what was left open: indication, drug, route, phase, dose."""
    template = TEMPLATES.get(draft.template)
    if template is None:
        return draft
    is_open = draft.planned_dose_mg is None and draft.planned_dose_mg_per_kg is None
    return replace(
        draft,
        indication=draft.indication or template.indication,
        planned_dose_mg=template.planned_dose_mg if is_open else draft.planned_dose_mg,
        drug=draft.drug or template.drug,
        route=draft.route or template.route,
        phase=draft.phase or template.phase,
    )


def check(draft: SeriesDraft) -> list[Problem]:
    """List everything that cannot be, field by field."""
    problems = check_change(draft)
    if draft.starts_on is None:
        problems.append(Problem("starts_on", "Give the day of the first session."))
    elif draft.starts_on.year not in STARTS_IN_YEARS:
        problems.append(Problem("starts_on", "Give a day between the years 1970 and 2199."))
    if draft.template not in TEMPLATES:
        problems.append(Problem("template", "Choose a template from the list."))
    if draft.template == "custom":
        problems += _check_custom(draft)
    problems += [*_check_first_dose(draft), *_check_doses(draft)]
    return [*problems, *placing.check_place(draft.chair)]


def check_change(draft: SeriesDraft | SeriesChange) -> list[Problem]:
    """List what cannot be of a series that is planned already."""
    problems = [
        Problem(name, f"Choose the {name}.")
        for name in ("indication", "drug", "route", "phase")
        if getattr(draft, name) is None
    ]
    return problems + planned_dose.check(
        PlannedDose(draft.planned_dose_mg, draft.planned_dose_mg_per_kg)
    )


def check_state(now: SeriesState, new_state: SeriesState, reason: str) -> list[Problem]:
    """List what stands against a change of state: the order of states, a missing reason."""
    problems = []
    if new_state not in NEXT_STATES[now]:
        names = " or ".join(state.label.lower() for state in NEXT_STATES[now])
        problems.append(
            Problem("state", f"A series that is {now.label.lower()} can only become {names}.")
        )
    stops = new_state is SeriesState.STOPPED
    return problems + check_reason(reason, needed=stops, ask="Say why the series is stopped")


def next_day(days: Sequence[date]) -> date | None:
    """Say which day follows at the pace of some days in their order; None where there is no day.

    The pace is that of the last two; a week, where there is one day alone.
    """
    if not days:
        return None
    apart = (days[-1] - days[-2]).days if len(days) > 1 else 0
    return days[-1] + timedelta(days=apart or 7)


def _check_first_dose(draft: SeriesDraft) -> Iterator[Problem]:
    if draft.first_dose is None:
        if draft.first_dose_count is not None:
            yield Problem("first_dose", "Give the dose at first, or clear the number of sessions.")
        return
    if not draft.planned_dose:
        yield Problem("planned_dose_mg", "Give the dose that follows the first one.")
    for one in planned_dose.check(PlannedDose(draft.first_dose)):
        yield Problem("first_dose", one.message)
    count = draft.first_dose_count
    if count is not None and not 1 <= count <= SESSIONS_MAX:
        yield Problem("first_dose_count", f"Give a number of sessions, 1 to {SESSIONS_MAX}.")


def _check_doses(draft: SeriesDraft) -> Iterator[Problem]:
    for place, dose in enumerate(draft.doses[: draft.count]):
        for one in planned_dose.check(dose):
            yield Problem(f"doses-{place}", one.message)


def _check_custom(draft: SeriesDraft) -> list[Problem]:
    problems = []
    if draft.session_count is None or not 1 <= draft.session_count <= SESSIONS_MAX:
        problems.append(
            Problem("session_count", f"Give the number of sessions, 1 to {SESSIONS_MAX}.")
        )
    many = draft.session_count is not None and draft.session_count > 1
    if many and (draft.days_apart is None or not 1 <= draft.days_apart <= DAYS_APART_MAX):
        problems.append(Problem("days_apart", "Give the days between sessions, 1 to 365."))
    return problems


def planned_days(draft: SeriesDraft, closed: Collection[date] = ()) -> tuple[date, ...]:
    """Lay the planned sessions out as dates, first to last; none without a first day."""
    return tuple(one.day for one in laid_out(draft, closed))


def laid_out(draft: SeriesDraft, closed: Collection[date] = ()) -> tuple[PlacedDay, ...]:
    """Lay the sessions out on chosen weekdays on which the clinic is open, each with its reason."""
    if draft.starts_on is None:
        return ()
    days = TEMPLATES[draft.template].days
    if draft.template == "custom":
        days = tuple(n * (draft.days_apart or 0) for n in range(draft.session_count or 0))
    wanted = [draft.starts_on + timedelta(days=day) for day in days]
    return placing.place(wanted, draft.weekdays, closed)
