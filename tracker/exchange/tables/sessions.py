"""The columns of treatment sessions."""

from collections.abc import Iterator
from decimal import Decimal

from tracker.domain import measures
from tracker.domain.codes import Drug, Effect, Route, SessionState, SideEffect
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.cells.kinds import DAY, INSTANT, NUMBER, TEXT, WHOLE, YES_NO, code, graded
from tracker.exchange.columns import Column, Complaint, Table, Values

_VITALS = (
    ("systolic_mmhg", "Systolic blood pressure", "mmHg"),
    ("diastolic_mmhg", "Diastolic blood pressure", "mmHg"),
    ("heart_rate_bpm", "Heart rate", "beats per minute"),
    ("spo2_percent", "Oxygen saturation", "%"),
    ("respiratory_rate_per_min", "Respiratory rate", "breaths per minute"),
)
_MOOD = "from 0, the worst, to 10, the best"
_PAIN = "from 0, none, to 10, the worst"
_ROUNDING_MG_PER_KG = Decimal("0.01")


def _vitals(moment: str) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=f"{moment}_{name}",
            doc=f"{words} {moment} the session.",
            kind=WHOLE,
            attribute=f"{moment}.{name}",
            unit=unit,
        )
        for name, words, unit in _VITALS
    )


def _scale(name: str, doc: str) -> Column:
    return Column(
        name=f"{name}_0_to_10", doc=doc, kind=WHOLE, attribute=name, unit="points from 0 to 10"
    )


_SCALES = (
    _scale("mood_before", f"Mood before the session, {_MOOD}."),
    _scale("mood_after", f"Mood after the session, {_MOOD}."),
    _scale("pain_before", f"Pain before the session, {_PAIN}."),
    _scale("pain_after", f"Pain after the session, {_PAIN}."),
    _scale("dissociation_peak", "Dissociation at its peak, from 0, none, to 10, the most."),
)


def _vital_signs(values: Values, moment: str) -> VitalSigns:
    take = values.pop
    return VitalSigns(
        systolic_mmhg=take(f"{moment}_systolic_mmhg"),
        diastolic_mmhg=take(f"{moment}_diastolic_mmhg"),
        heart_rate_bpm=take(f"{moment}_heart_rate_bpm"),
        spo2_percent=take(f"{moment}_spo2_percent"),
        respiratory_rate_per_min=take(f"{moment}_respiratory_rate_per_min"),
    )


def _build(values: Values) -> SessionRecord:
    del values["dose_mg_per_kg"]
    values["before"] = _vital_signs(values, "before")
    values["after"] = _vital_signs(values, "after")
    values["effects"] = values["effects"] or {}
    values["side_effects"] = values["side_effects"] or {}
    return SessionRecord(**values)


def _compare(values: Values) -> Iterator[Complaint]:
    stated = values["dose_mg_per_kg"]
    if stated is None:
        return
    computed = measures.mg_per_kg(values["dose_mg"], values["weight_kg"])
    if computed is None:
        yield "dose_mg_per_kg", "This cannot be checked: give the dose and the weight, or clear it."
    elif abs(computed - stated) > _ROUNDING_MG_PER_KG:
        yield (
            "dose_mg_per_kg",
            f"Dose and weight give {computed} mg/kg. Correct one of the three, or clear this.",
        )


SESSIONS = Table(
    name="sessions",
    doc="One row for each treatment session, planned, given, cancelled or missed.",
    key=("session_id",),
    build=_build,
    compare=_compare,
    columns=(
        Column(
            name="record_number",
            doc="The record number of the patient.",
            kind=TEXT,
            required=True,
        ),
        Column(
            name="series_number",
            doc="The series of the patient, counted from 1.",
            kind=WHOLE,
            required=True,
        ),
        Column(
            name="session_id",
            doc="The stable number of the session; it never changes.",
            kind=WHOLE,
            required=True,
        ),
        Column(
            name="session_number",
            doc="Which session of the series it is, counted from 1.",
            kind=WHOLE,
            attribute="number",
            required=True,
        ),
        Column(
            name="state",
            doc="How far the session has come.",
            kind=code(SessionState),
            required=True,
        ),
        Column(name="state_reason", doc="Why it was cancelled or missed.", kind=TEXT),
        Column(name="planned_on", doc="Day for which it was planned.", kind=DAY),
        Column(name="started_at", doc="When the dose was started.", kind=INSTANT),
        Column(name="drug", doc="What was given.", kind=code(Drug), required=True),
        Column(name="route", doc="How it was given.", kind=code(Route), required=True),
        Column(name="dose_mg", doc="The dose.", kind=NUMBER, unit="mg"),
        Column(name="weight_kg", doc="The weight that day.", kind=NUMBER, unit="kg"),
        Column(
            name="dose_mg_per_kg",
            doc="The dose divided by the weight; computed, and on import only compared.",
            kind=NUMBER,
            unit="mg/kg",
            computed=True,
        ),
        Column(
            name="duration_minutes",
            doc="How long the dose took; 0 for an injection.",
            kind=WHOLE,
            unit="minutes",
        ),
        Column(name="dose_notes", doc="Remarks on the dose.", kind=TEXT),
        *_SCALES,
        Column(
            name="dissociation_onset_minute",
            doc="When dissociation began, counted from the start.",
            kind=WHOLE,
            unit="minutes from the start",
        ),
        Column(
            name="dissociation_end_minute",
            doc="When dissociation ended, counted from the start.",
            kind=WHOLE,
            unit="minutes from the start",
        ),
        Column(
            name="dissociation_resolved",
            doc="Whether dissociation had passed before the patient left.",
            kind=YES_NO,
        ),
        Column(name="effects", doc="Dissociative effects.", kind=graded(Effect)),
        Column(name="effects_other", doc="What the other effect was.", kind=TEXT),
        Column(name="side_effects", doc="Other unwanted effects.", kind=graded(SideEffect)),
        Column(name="side_effects_other", doc="What the other side effect was.", kind=TEXT),
        *_vitals("before"),
        *_vitals("after"),
        Column(name="discharged_at", doc="When the patient left.", kind=INSTANT),
        Column(name="escort", doc="Who took the patient home.", kind=TEXT),
        Column(name="private_notes", doc="Notes for clinicians only.", kind=TEXT),
        Column(name="patient_notes", doc="Notes that the patient may read.", kind=TEXT),
        Column(name="comment", doc="What was said about unusual values.", kind=TEXT),
    ),
)
