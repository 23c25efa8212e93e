"""Sessions of made-up people as entries: an infusion that was stopped, devices, none, one, many."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain.access import Actor
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Infusion,
    InfusionAction,
    Mark,
    Note,
    Reading,
    Setting,
    Withdrawal,
)
from tracker.domain.live.entry_parsing import pack
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.timeline import Timeline, Treatment, timeline
from tracker.models import db
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.unit_of_work import unit_of_work

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # 10:00 in New York

_KINDS = {
    Reading: EntryKind.READING,
    Dose: EntryKind.GIVEN,
    Infusion: EntryKind.INFUSION,
    DissociationMark: EntryKind.DISSOCIATION,
    AdverseEvent: EntryKind.EVENT,
    Note: EntryKind.NOTE,
    Setting: EntryKind.SETTING,
    Withdrawal: EntryKind.WITHDRAWAL,
}


def at(minute: float) -> datetime:
    """Count minutes from the start."""
    return START + timedelta(minutes=minute)


def log(*written, by: str = "Anna Clinician") -> list[Entry]:
    """Write (minute, content) pairs, or (minute, content, key it replaces), in their order."""
    return [
        Entry(
            sequence=sequence,
            key=f"key-{sequence}",
            kind=_KINDS[type(content)],
            at=at(minute),
            received_at=at(minute) + timedelta(seconds=2),
            by=by,
            content=content,
            replaces=replaces[0] if replaces else "",
        )
        for sequence, (minute, content, *replaces) in enumerate(written, 1)
    ]


def read(pressure: str = "", **values) -> Reading:
    """Write a reading; the pressure as `128/82`, a half that was not read left out."""
    upper, _, lower = pressure.partition("/")
    return Reading(
        systolic_mmhg=int(upper) if upper else None,
        diastolic_mmhg=int(lower) if lower else None,
        **values,
    )


def prepare(
    entries,
    *,
    drug=Drug.KETAMINE,
    route=Route.IV,
    dose_mg=None,
    started=0,
    left=None,
    settings=None,
    audience=Audience.CLINICIAN,
    recorded_peak=None,
) -> Timeline:
    """Prepare entries as a service would; `started` and `left` are minutes, or None."""
    treatment = Treatment(
        drug=drug,
        route=route,
        dose_mg=None if dose_mg is None else Decimal(dose_mg),
        started_at=None if started is None else at(started),
        ended_at=None if left is None else at(left),
    )
    settings = settings or TreatmentSettings()
    return timeline(
        entries,
        treatment,
        zone=ZONE,
        settings=settings,
        audience=audience,
        recorded_peak=recorded_peak,
    )


def _course(minute: int) -> Reading:
    """Read as in a usual infusion: pressure and dissociation rise, sedation and SpO2 fall."""
    rise = max(0.0, 1 - abs(minute - 35) / 45) if minute > 0 else 0.0
    wave = (minute * 7) % 5 - 2
    return Reading(
        systolic_mmhg=round(122 + 36 * rise) + wave,
        diastolic_mmhg=round(78 + 17 * rise) + wave,
        heart_rate_bpm=round(70 + 26 * rise) - wave,
        spo2_percent=min(100, round(98 - 6 * rise)),
        respiratory_rate_per_min=round(14 - 3 * rise),
        sedation=5 - round(2 * rise),
        dissociation=round(8 * rise),
    )


def stopped_infusion_log() -> list[Entry]:
    """Forty readings, three events, and an infusion slowed, paused and stopped before its end."""
    minutes = [-15, -5, *range(2, 80, 3), *range(80, 141, 5)][:40]
    readings = [(minute, _course(minute)) for minute in minutes]
    ml, mg = Decimal, Decimal
    others = [
        (0, Infusion(action=InfusionAction.START, rate_ml_per_h=ml(75), dose_mg=mg("37.5"))),
        (18, Infusion(action=InfusionAction.RATE, rate_ml_per_h=ml(50))),
        (24, Infusion(action=InfusionAction.PAUSE)),
        (29, Infusion(action=InfusionAction.RESUME, rate_ml_per_h=ml(40))),
        (38, Infusion(action=InfusionAction.STOP, dose_mg=mg("27.5"), note="asked to stop")),
        (8, DissociationMark(mark=Mark.ONSET, strength=2)),
        (34, DissociationMark(mark=Mark.PEAK, strength=8)),
        (72, DissociationMark(mark=Mark.RESOLVED)),
        (
            21,
            AdverseEvent(
                term=EventTerm.NAUSEA,
                grade=2,
                actions=(EventAction.ONDANSETRON,),
                outcome=EventOutcome.RESOLVED,
                ended_at=at(58),
                note="SENTINEL staff only",
            ),
        ),
        (
            23,
            AdverseEvent(
                term=EventTerm.BLOOD_PRESSURE,
                grade=1,
                actions=(EventAction.SLOWED, EventAction.STOPPED),
                outcome=EventOutcome.RESOLVED,
                ended_at=at(66),
            ),
        ),
        (
            36,
            AdverseEvent(term=EventTerm.ANXIETY, grade=2, outcome=EventOutcome.ONGOING),
        ),
        (40, Note(text="SENTINEL note")),
    ]
    written = sorted([*readings, *others], key=lambda pair: pair[0])
    return log(*written)


def stopped_infusion() -> Timeline:
    """Prepare the infusion that was stopped."""
    return prepare(stopped_infusion_log(), dose_mg="27.5", left=145)


def one_reading() -> Timeline:
    """One reading before anything was given."""
    return prepare(log((0, read("128/82", spo2_percent=98))), started=None)


def nothing() -> Timeline:
    """Nothing at all."""
    return prepare([])


def devices() -> Timeline:
    """Nasal esketamine from three devices, five minutes apart, read as often as the label asks."""
    written = [
        (-8, read("124/80", heart_rate_bpm=72, spo2_percent=98, sedation=5, dissociation=0)),
        *((minute, Dose(dose_mg=Decimal(28))) for minute in (0, 5, 10)),
        (12, DissociationMark(mark=Mark.ONSET)),
        (40, read("146/91", heart_rate_bpm=84, spo2_percent=97, sedation=4, dissociation=6)),
        (44, DissociationMark(mark=Mark.PEAK, strength=7)),
        (44, AdverseEvent(term=EventTerm.DIZZINESS, grade=1, outcome=EventOutcome.RESOLVED)),
        (75, read("138/86", heart_rate_bpm=80, spo2_percent=97, sedation=5, dissociation=3)),
        (95, DissociationMark(mark=Mark.RESOLVED)),
        (120, read("126/80", heart_rate_bpm=74, spo2_percent=98, sedation=5, dissociation=0)),
    ]
    return prepare(log(*written), drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg="84", left=128)


def five_hours() -> Timeline:
    """An infusion for pain over four hours, read every quarter of an hour."""
    readings = [
        (
            minute,
            read(
                f"{130 + minute % 40 // 4}/{80 + minute % 30 // 5}",
                heart_rate_bpm=68 + minute % 25 // 2,
                spo2_percent=96 + minute % 3,
                respiratory_rate_per_min=14,
                sedation=5 if minute < 60 or minute > 240 else 4,
                dissociation=2 if 45 < minute < 250 else 0,
                pain=max(2, 8 - minute // 40),
                nausea=4 if 90 <= minute <= 135 else 0,
            ),
        )
        for minute in range(-15, 300, 15)
    ]
    infused = [
        (minute, Infusion(action=InfusionAction.START if not minute else InfusionAction.RATE,
                          rate_ml_per_h=Decimal(rate)))
        for minute, rate in ((0, 10), (30, 15), (60, 20), (150, 15))
    ]  # fmt: skip
    infused.append((240, Infusion(action=InfusionAction.STOP, dose_mg=Decimal(140))))
    written = sorted([*readings, *infused], key=lambda pair: pair[0])
    return prepare(log(*written), dose_mg="140", left=300)


def gaps() -> Timeline:
    """Readings that each lack something, and an hour in which nobody looked."""
    written = [
        (-5, read("120/78", heart_rate_bpm=70)),
        (0, Dose(dose_mg=Decimal(40))),
        (10, read("", heart_rate_bpm=75, dissociation=4)),
        (20, read("130/", heart_rate_bpm=80, dissociation=6)),
        (85, read("88/48", heart_rate_bpm=46, spo2_percent=91)),
        (100, read("118/76", heart_rate_bpm=66, spo2_percent=97, dissociation=0)),
    ]
    return prepare(log(*written), route=Route.IM, dose_mg="40")


def extremes() -> Timeline:
    """Values beyond the usual axes, an event before the start, one day-long error of a clock."""
    written = [
        (-30, AdverseEvent(term=EventTerm.OTHER, other="Cried a little, held her hand for long")),
        (-20, read("228/126", heart_rate_bpm=162, spo2_percent=78)),
        (0, Dose(dose_mg=Decimal("37.5"))),
        (1, read("84/38", heart_rate_bpm=34, spo2_percent=100, respiratory_rate_per_min=40)),
        (2, AdverseEvent(term=EventTerm.VOMITING, grade=3, serious=True, ended_at=at(4),
                         actions=(EventAction.FLUIDS, EventAction.OXYGEN, EventAction.TRANSFER),
                         outcome=EventOutcome.TRANSFERRED)),
        (2, AdverseEvent(term=EventTerm.RESPIRATORY, grade=4, outcome=EventOutcome.ONGOING)),
        (3, AdverseEvent(term=EventTerm.SYNCOPE, ended_at=at(3.5))),
        (3, AdverseEvent(term=EventTerm.SUICIDAL)),
    ]  # fmt: skip
    return prepare(log(*written), route=Route.SC, left=20)


def _signs(minute, pressure, heart_rate, spo2, breaths, sedation, dissociation):
    values = {
        "heart_rate_bpm": heart_rate,
        "spo2_percent": spo2,
        "respiratory_rate_per_min": breaths,
        "sedation": sedation,
        "dissociation": dissociation,
    }
    return minute, read(pressure, **values)


def injection() -> Timeline:
    """One injection, and five readings a quarter of an hour apart with all that is usual."""
    written = [
        _signs(-5, "118/74", 66, 99, 14, 5, 0),
        (0, Dose(dose_mg=Decimal(35))),
        _signs(15, "134/84", 78, 97, 12, 4, 5),
        _signs(30, "152/94", 88, 95, 11, 4, 9),
        (31, AdverseEvent(term=EventTerm.NAUSEA, grade=1, ended_at=at(44))),
        _signs(45, "146/88", 84, 96, 12, 4, 4),
        _signs(60, "128/80", 72, 98, 14, 5, 0),
    ]
    return prepare(log(*written), route=Route.IM, dose_mg="35", left=75)


def second_injection() -> Timeline:
    """Two injections of different doses, one reading far beyond limits, and one ten hours later."""
    written = [
        (-40, read("118/74", heart_rate_bpm=66, spo2_percent=99)),
        (0, Dose(dose_mg=Decimal(35))),
        (20, read("134/84", heart_rate_bpm=78, spo2_percent=97, dissociation=5, sedation=3)),
        (40, Dose(dose_mg=Decimal("17.5"))),
        _signs(50, "170/105", 128, 91, 7, 1, 10),
        (70, read("140/", spo2_percent=95)),
        (600, read("120/80", heart_rate_bpm=70, spo2_percent=98, dissociation=0, sedation=5)),
    ]
    return prepare(log(*written), route=Route.IM, dose_mg="52.5", left=620)


def waves() -> Timeline:
    """Forty readings three minutes apart that swing beyond every limit, again and again."""
    minutes = list(range(-10, 110, 3))
    swing = {m: {pace: math.sin(m / pace) for pace in (5, 6, 7, 8, 9, 11)} for m in minutes}
    written = [
        _signs(
            m,
            f"{round(150 + 25 * s[9])}/{round(92 + 12 * s[9])}",
            round(90 + 45 * s[7]),
            round(95 + 4 * s[5]),
            round(12 + 6 * s[6]),
            round(2.5 + 2.5 * s[11]),
            round(5 + 5 * s[8]),
        )
        for m, s in swing.items()
    ]
    written.append((0, Dose(dose_mg=Decimal(40))))
    written.sort(key=lambda pair: pair[0])
    return prepare(log(*written), route=Route.SC, dose_mg="40", left=118)


TIMELINES = {
    "stopped_infusion": stopped_infusion,
    "one_reading": one_reading,
    "nothing": nothing,
    "devices": devices,
    "five_hours": five_hours,
    "gaps": gaps,
    "extremes": extremes,
    "injection": injection,
    "second_injection": second_injection,
    "waves": waves,
}


def put(by: Actor, session_id: int, log: Iterable[Entry], *, left: float = 145) -> None:
    """Store entries as they are, and let the session begin and end with them."""
    with unit_of_work(by) as unit:
        row = db.session.get_one(TreatmentSession, session_id)
        row.started_at, row.discharged_at = at(0), at(left)
        db.session.add_all(
            SessionEntry(
                clinic_id=row.clinic_id, patient_id=row.patient_id, session_id=session_id,
                sequence=entry.sequence, key=entry.key, kind=entry.kind.value, at=entry.at,
                received_at=entry.received_at, by=entry.by, content=pack(entry.content),
                replaces=entry.replaces, is_late=entry.is_late,
            )
            for entry in log
        )  # fmt: skip
        unit.audit("test.written", f"session:{session_id}", patient_id=row.patient_id)
