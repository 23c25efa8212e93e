"""Series of sessions: templates, the dates they lay out, and how a series may change state."""

from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.clinic.doses import ACUTE_SUICIDALITY
from tracker.domain.clinic.labels import SPRAVATO
from tracker.domain.codes import CourseRole, Drug, Indication, Phase, Route, SeriesState
from tracker.domain.measures import DOSE_MG_MAX, check_amount
from tracker.domain.parsing import REASON_MAX, is_blank
from tracker.domain.problems import Problem

SESSIONS_MAX = 60
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

    `course_role` left open (None) follows the rule of courses.
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
    return problems


def check_change(draft: SeriesDraft | SeriesChange) -> list[Problem]:
    """List what cannot be of a series that is planned already."""
    problems = [
        Problem(name, f"Choose the {name}.")
        for name in ("indication", "drug", "route", "phase")
        if getattr(draft, name) is None
    ]
    if draft.planned_dose_mg is not None and draft.planned_dose_mg_per_kg is not None:
        problems.append(
            Problem("planned_dose_mg_per_kg", "Give the dose in mg or in mg/kg, not both.")
        )
    for name in ("planned_dose_mg", "planned_dose_mg_per_kg"):
        value: Decimal | None = getattr(draft, name)
        problems += check_amount(
            name, value, DOSE_MG_MAX, "Give a dose above zero and at most 5000."
        )
    return problems


def check_state(now: SeriesState, new_state: SeriesState, reason: str) -> list[Problem]:
    """List what stands against a change of state: the order of states, a missing reason."""
    problems = []
    if new_state not in NEXT_STATES[now]:
        names = " or ".join(state.label.lower() for state in NEXT_STATES[now])
        problems.append(
            Problem("state", f"A series that is {now.label.lower()} can only become {names}.")
        )
    if new_state is SeriesState.STOPPED and is_blank(reason):
        problems.append(Problem("reason", "Say why the series is stopped."))
    if len(reason) > REASON_MAX:
        problems.append(Problem("reason", f"Give at most {REASON_MAX} characters."))
    return problems


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


def planned_days(draft: SeriesDraft) -> tuple[date, ...]:
    """Lay the planned sessions out as dates, first to last; none without a first day."""
    if draft.starts_on is None:
        return ()
    days = TEMPLATES[draft.template].days
    if draft.template == "custom":
        days = tuple(n * (draft.days_apart or 0) for n in range(draft.session_count or 0))
    return tuple(draft.starts_on + timedelta(days=day) for day in days)
