"""Furnish the chairs of the demonstration: two sessions under way, one signed, and the stock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.domain.checklists.discharge import CriterionResult, Discharge, Instruction, criteria
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession, SinceLast
from tracker.domain.codes import Drug, Effect, Route, Severity
from tracker.domain.demo.places import SUNDAY
from tracker.domain.drugs import DEVICE_MG
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.measures import VitalSigns, mg_per_kg
from tracker.domain.stock.lots import Container, LotDraft, MovementDraft
from tracker.domain.worksheets.form import Channel
from tracker.models.database import db
from tracker.models.worksheets import Worksheet
from tracker.services.checklists import discharge as discharge_checklist
from tracker.services.checklists import pre_session as pre_session_checklist
from tracker.services.demo import admissions as demo_admissions
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import signing
from tracker.services.stock import commands as stock_commands
from tracker.services.worksheets import commands as worksheet_commands

SECOND_PERSON = "Sam Ortiz, RN"
IV_DOSE_MG = Decimal("36.5")
INFUSED_FOR = 40  # minutes
SIGNED_AGO = timedelta(days=1, hours=3)
ESCORT = "Robin Lee"
REPORTED = "Invented for the demonstration"


class Lots(Struct, frozen=True):
    """The lots that the chairs draw from."""

    vial_id: int
    device_id: int


class _DemoSession(Struct, frozen=True):
    """A planned session that is about to be played.

    It is a shape of its own because it says what shall happen, not what did.
    """

    session_id: int
    drug: Drug
    route: Route
    weight_kg: Decimal = Decimal(73)
    dose_mg: Decimal = Decimal(DEVICE_MG)


def furnish(now: datetime, *, by: Actor) -> None:
    """Play a session that was signed yesterday and two that are under way."""
    lots = _stock(now, by=by)
    whole = now.replace(second=0, microsecond=0)  # nobody at a chair types seconds
    for route, place, drug, ago in (
        (Route.IV, 0, Drug.KETAMINE, SIGNED_AGO),
        (Route.IV, 1, Drug.KETAMINE, timedelta(minutes=31)),
        (Route.NASAL, 0, Drug.ESKETAMINE, timedelta(minutes=47)),
    ):
        start = whole - ago
        if ago is SIGNED_AGO and start.weekday() == SUNDAY:
            start -= timedelta(days=1)  # nobody is treated on a Sunday
        day, today = start.date(), now.date()
        session_id = demo_admissions.admit(route, place, drug, day, today, by=by)
        demo = _DemoSession(session_id, drug, route)
        _play(demo, lots, start, ended=ago is SIGNED_AGO, by=by)
    _report(now, by=by)


def _report(now: datetime, *, by: Actor) -> None:
    """Send the worksheets off that are late, but for one, and the first two that are not."""
    opened = db.session.execute(
        select(Worksheet.session_id, Worksheet.due_on).order_by(
            Worksheet.due_on, Worksheet.session_id
        )
    ).all()
    late = [row.session_id for row in opened if row.due_on < now.date()]
    waiting = [row.session_id for row in opened if row.due_on >= now.date()]
    for session_id in (*late[:-1], *waiting[:2]):
        worksheet_commands.complete(session_id, reason=REPORTED, version=1, by=by)
        worksheet_commands.submit(session_id, Channel.PORTAL, "INVENTED", now, version=2, by=by)


def _stock(now: datetime, *, by: Actor) -> Lots:
    """Enter a lot of vials and one of devices, received some weeks ago and counted since."""
    today = now.date()
    lots = []
    for drug, container, number, unit_mg, strength, days, units in (
        (Drug.KETAMINE, Container.VIAL, "K24-1187", Decimal(500), Decimal(50), 410, 12),
        (Drug.ESKETAMINE, Container.DEVICE, "E5032A", Decimal(DEVICE_MG), None, 45, 24),
    ):
        draft = LotDraft(
            drug=drug,
            container=container,
            lot_number=number,
            unit_mg=unit_mg,
            concentration_mg_per_ml=strength,
            expires_on=today + timedelta(days=days),
        )
        came = MovementDraft(
            amount_mg=unit_mg * units, at=now - timedelta(days=30), reason="Central pharmacy"
        )
        lots.append(stock_commands.add_lot(draft, came, by=by))
        counted = MovementDraft(amount_mg=unit_mg * units, at=now - timedelta(days=7))
        stock_commands.count(lots[-1], counted, by=by)
    return Lots(*lots)


def _play(demo: _DemoSession, lots: Lots, start: datetime, *, ended: bool, by: Actor) -> None:
    demo = _prepare(demo, start, by=by)
    _write(demo, _course(demo, lots, ended=ended), start, by=by)
    if ended:
        _sign(demo, start, by=by)


def _sign(demo: _DemoSession, start: datetime, *, by: Actor) -> None:
    """Fill in the checks before leaving, and sign."""
    met = {one.code: CriterionResult.YES for one in criteria(demo.drug)}
    left = Discharge(
        met=met,
        escort_name=ESCORT,
        escort_relation="partner",
        escort_phone="+1 212 555 0177",
        instructions=tuple(Instruction),
        mood_after=6,
        pain_after=2,
        left_at=start + timedelta(minutes=118),
    )
    discharge_checklist.save(demo.session_id, left, opened=0, by=by)
    page = signing.prepare_page(demo.session_id, by=by)
    telling = SummaryAnswers(
        effects={Effect.FLOATING: Severity.MILD, Effect.TIME: Severity.MODERATE},
        comment="Blood pressure rose and came back by itself; patient was calm.",
    )
    signing.sign(demo.session_id, telling, sequence=page.sequence, by=by)


def _pre_session(demo: _DemoSession, start: datetime, by: Actor) -> PreSession:
    esketamine = demo.drug is Drug.ESKETAMINE
    return PreSession(
        measured_at=start - timedelta(minutes=12),
        baseline=VitalSigns(
            systolic_mmhg=124, diastolic_mmhg=79, heart_rate_bpm=72, spo2_percent=98,
            respiratory_rate_per_min=14,
        ),
        weight_kg=demo.weight_kg,
        dose_mg_per_kg=None if esketamine else mg_per_kg(demo.dose_mg, demo.weight_kg),
        dose_mg=demo.dose_mg,
        concentration_mg_per_ml=None if esketamine else Decimal(50),
        dose_checked_by=SECOND_PERSON,
        last_food_at=start - timedelta(hours=9),
        last_drink_at=start - timedelta(hours=4),
        nasal_spray=YesNoUnknown.NO if esketamine else None,
        escort_name=ESCORT,
        escort_phone="+1 212 555 0177",
        escort_confirmed=True,
        consent_version="2026-01",
        consent_confirmed=True,
        suicide_asked="PHQ-9 question 9 and in conversation",
        suicide=YesNoUnknown.NO,
        changes=dict.fromkeys(SinceLast, YesNoUnknown.NO),
        pregnancy=Pregnancy.NOT_APPLICABLE,
        enrolled=YesNoUnknown.YES if esketamine else None,
        enrolment_verified_on=start.date() - timedelta(days=20) if esketamine else None,
        prescriber=by.name,
        monitor=SECOND_PERSON,
        mood_before=4,
        pain_before=3,
    )  # fmt: skip


def _prepare(demo: _DemoSession, start: datetime, *, by: Actor) -> _DemoSession:
    """Begin the session, fill in the checks before it, and say what is given."""
    live_commands.begin(demo.session_id, by=by, reason="Written down the day after.")
    plan = session_commands.prefill(0, demo.session_id, by=by)
    demo = replace(demo, dose_mg=plan.dose_mg or IV_DOSE_MG)
    checks = _pre_session(demo, start, by)
    page = pre_session_checklist.prepare_page(demo.session_id, by=by)
    answers = {
        line.code: "Talked through before the session; carried on as planned."
        for line in pre_session_checklist.review(checks, page, by=by)
        if not line.is_clear
    }
    pre_session_checklist.save(
        demo.session_id, replace(checks, comments=answers), opened=page.opened_sequence, by=by
    )
    return demo


def _write(
    demo: _DemoSession,
    course: Iterator[tuple[int, str, dict[str, Any]]],
    start: datetime,
    *,
    by: Actor,
) -> None:
    """Append what a course says, each at its minute."""
    wanted = [
        {
            "key": f"demo-{demo.session_id}-{place}",
            "kind": kind,
            "at": (start + timedelta(minutes=minute)).isoformat(),
            "content": content,
            "replaces": "",
        }
        for place, (minute, kind, content) in enumerate(course)
    ]
    done = entry_log.append(demo.session_id, wanted, by=by)
    if done.refused:
        raise ValueError(f"the demonstration wrote what cannot be: {done.refused}")


def _course(
    demo: _DemoSession, lots: Lots, *, ended: bool
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Tell what happens in a usual session: pressure and dissociation rise, and pass."""
    last = 115 if ended else 30
    yield -8, "setting", {"intention": "To let go of the week", "music": "Piano, no words"}
    if demo.route is Route.IV:
        yield from _infusion(demo, lots, ended=ended)
    else:
        for device in range(int(demo.dose_mg // DEVICE_MG)):
            yield 5 * device, "given", {"dose_mg": str(DEVICE_MG), "lot_id": lots.device_id}
    yield 11, "dissociation", {"mark": "onset", "strength": 3}
    yield 14, "note", {"text": "Eyes closed, answers when spoken to."}
    yield 24, "dissociation", {"mark": "peak", "strength": 7}
    for minute in (15, 30, 45, 60, 90, 115):
        if minute <= last:
            yield minute, "reading", _reading(minute)
    if ended:
        yield 33, "event", {"term": "nausea", "grade": 1, "actions": ["reassurance"]}
        yield 68, "dissociation", {"mark": "resolved", "strength": 0}


def _infusion(
    demo: _DemoSession, lots: Lots, *, ended: bool
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    dose = str(demo.dose_mg)
    yield 0, "infusion", {"action": "start", "rate_ml_per_h": "75", "dose_mg": dose}
    if ended:
        stopped = {"action": "stop", "dose_mg": dose, "lot_id": lots.vial_id}
        yield INFUSED_FOR, "infusion", stopped


def _reading(minute: int) -> dict[str, Any]:
    """Write a reading that rises until half an hour and falls again."""
    rise = max(0.0, 1 - abs(minute - 30) / 55)
    return {
        "systolic_mmhg": round(122 + 26 * rise),
        "diastolic_mmhg": round(78 + 13 * rise),
        "heart_rate_bpm": round(71 + 17 * rise),
        "spo2_percent": round(98 - 2 * rise),
        "respiratory_rate_per_min": 14,
        "sedation": 5 - round(1.4 * rise),
        "dissociation": round(7 * rise) if minute < 68 else 0,
        "nausea": 2 if minute == 30 else 0,
    }
