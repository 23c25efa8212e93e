"""What the page at the chair has to know, in the page or without a server behind it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import current_app, url_for

from tracker.config import Settings
from tracker.domain import measures
from tracker.domain.checklists import pre_session
from tracker.domain.clinic import reading_limits
from tracker.domain.clinic.labels import Labels
from tracker.domain.clinic.reading_limits import Moment
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import DEVICE_MG, is_nasal_esketamine
from tracker.domain.live.entries import (
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Form,
    InfusionAction,
    Mark,
    latest_form,
)
from tracker.domain.live.entry_text import DEVICES, DEVICES_APART
from tracker.domain.live.monitoring import Schedule
from tracker.domain.measures import VitalSigns
from tracker.services.live.commands import LiveView
from tracker.web.filters import hour_format, number
from tracker.web.guard import actor

_TERM = EventTerm
# For the eye only: every term stands in one group, under what a nurse would look for it by.
EVENT_GROUPS = (
    ("Mind and senses", (
        _TERM.DISSOCIATION, _TERM.ANXIETY, _TERM.AGITATION, _TERM.CONFUSION, _TERM.DYSPHORIA,
        _TERM.HALLUCINATION, _TERM.EMERGENCE, _TERM.FEELING_DRUNK, _TERM.SEDATION,
        _TERM.LETHARGY, _TERM.SUICIDAL, _TERM.CRAVING,
    )),
    ("Head, stomach and skin", (
        _TERM.DIZZINESS, _TERM.VERTIGO, _TERM.NAUSEA, _TERM.VOMITING, _TERM.HEADACHE,
        _TERM.HYPOAESTHESIA, _TERM.DYSGEUSIA, _TERM.VISION, _TERM.NYSTAGMUS, _TERM.URINARY,
        _TERM.SITE,
    )),
    ("Heart and breathing", (
        _TERM.BLOOD_PRESSURE, _TERM.PALPITATIONS, _TERM.TACHYCARDIA, _TERM.SYNCOPE,
        _TERM.RESPIRATORY, _TERM.LARYNGOSPASM, _TERM.SEIZURE, _TERM.ALLERGIC,
    )),
    ("Anything else", (_TERM.OTHER,)),
)  # fmt: skip
# MOAA/S in our own words, for its wording is not ours to print.
SEDATION = (
    (5, "Alert"), (4, "Slow"), (3, "To loud voice"), (2, "To touch"), (1, "To pain"),
    (0, "No response"),
)  # fmt: skip
# CTCAE v5, shortened; the clinician grades, nothing here does.
GRADES = (
    (1, "Mild", "no treatment needed"),
    (2, "Moderate", "little treatment; limits some of daily life"),
    (3, "Severe", "hospital care; limits self-care"),
    (4, "Life-threatening", "urgent treatment needed"),
    (5, "Death", ""),
)


def words() -> dict[str, Any]:
    """Give the words of the sheets that entries are written on; of nobody in particular."""
    return {
        "signs": measures.VITAL_SIGNS,
        "sedation": SEDATION,
        "marks": Mark.choices(),
        "infusion": InfusionAction.choices(),
        "event_groups": EVENT_GROUPS,
        "grades": GRADES,
        "actions": EventAction.choices(),
        "outcomes": EventOutcome.choices(),
        "dose_mg_max": measures.DOSE_MG_MAX,
    }


def page(view: LiveView, log: list[Any], due: dict[str, Any] | None) -> dict[str, Any]:
    """Give what the script needs of a session, as JSON values; `log` and `due` as the wire has."""
    settings: Settings = current_app.extensions["settings"]
    plan, by, page, dose_mg = view.schedule, actor(), view.session_page, _planned_mg(view)
    drug, route = view.treatment.drug, view.treatment.route
    lede = f"Session {page.number} \N{MIDDLE DOT} {drug.label}, {route.label}"
    words = _planned_words(view, dose_mg)
    planned = f" \N{MIDDLE DOT} {words}" if words else ""
    return {
        "session": str(view.session_id),
        "entriesUrl": url_for("live.poll", session_id=view.session_id),
        "pictureUrl": url_for("live.picture", session_id=view.session_id),
        "aliveUrl": url_for("home.alive"),
        "workerUrl": url_for("home.worker"),
        "label": f"{page.patient_label}, record {page.record_number}",
        "lede": lede + planned,
        "title": f"Session {page.number}",
        "person": str(by.user_id),
        "personName": by.name,
        "idleMinutes": settings.idle_minutes,
        "drug": drug.value,
        "route": route.value,
        "doseMg": None if dose_mg is None else number(dose_mg),
        "zone": str(view.zone),
        "hours": hour_format(),
        "now": view.now.isoformat(),
        "state": view.state.value,
        "sequence": view.sequence,
        "entries": log,
        "due": due,
        "lots": [{"id": str(lot.lot_id), "words": lot.label} for lot in view.lots],
        "limits": _limits(view),
        "schedule": schedule(plan),
        "device": device(view.treatment.drug, view.treatment.route, view.settings.labels),
    }


def schedule(plan: Schedule) -> dict[str, Any]:
    """Give the rule of the readings that are due, for a page that no server answers."""
    return {
        "every": plan.every_minutes,
        "longest": measures.DURATION_MINUTES_MAX,
        "minutes": plan.minutes,
        "lateAfter": plan.late_after_minutes,
        "again": plan.again_minutes,
        "untilStable": plan.until_stable_mmhg,
        "signs": [
            name for name in measures.SIGN_NAMES if plan.is_relevant(VitalSigns(**{name: 1}))
        ],
    }


def device(drug: Drug, route: Route, labels: Labels) -> dict[str, Any] | None:
    """Give what one device holds and how far apart two are; None where there are no devices."""
    if not is_nasal_esketamine(drug, route):
        return None
    return {
        "mg": DEVICE_MG,
        "apartMinutes": DEVICES_APART // timedelta(minutes=1),
        "source": DEVICES.text(labels),
    }


def _planned_mg(view: LiveView) -> Decimal | None:
    """Say what is to be given: as checked today, else as planned, by today's weight."""
    checks = latest_form([line.entry for line in view.lines], EntryKind.GATE)
    if checks is not None and isinstance(checks.content, Form):
        told = pre_session.read(checks.content.fields)
        today = told.dose_mg or pre_session.planned_mg(told)
        if today is not None:
            return today
    return view.session_page.planned.for_weight(view.weight_kg)


def _planned_words(view: LiveView, dose_mg: Decimal | None) -> str:
    """Say what is planned: in mg where that can be said, and by weight where it is so planned."""
    per_kg = view.session_page.planned.mg_per_kg
    by_weight = "" if per_kg is None else f"{number(per_kg)} mg/kg"
    if dose_mg is None:
        return f"{by_weight} planned" if by_weight else ""
    return f"{number(dose_mg)} mg planned" + (f" ({by_weight})" if by_weight else "")


def _limits(view: LiveView) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Give the limits of each reading before the dose and once it started, the strictest last."""
    treatment = view.treatment
    return {
        moment.value: {
            name: [
                {
                    "value": limit.value,
                    "upper": limit.is_upper,
                    "words": limit.words,
                    "source": limit.source,
                }
                for limit in those
            ]
            for name, those in reading_limits.limits(
                view.settings, moment, treatment.drug, treatment.route
            ).items()
        }
        for moment in (Moment.BEFORE, Moment.DURING)
    }
