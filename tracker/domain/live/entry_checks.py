"""What cannot be in an entry, kind by kind; what is only unusual is in entry_remarks."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatch

from tracker.domain import measures
from tracker.domain.json_values import ID_MAX
from tracker.domain.live.entries import (
    GRADES,
    MOAAS,
    AdverseEvent,
    Content,
    DissociationMark,
    EventTerm,
    Given,
    Infusion,
    InfusionAction,
    Reading,
    Setting,
)
from tracker.domain.measures import DOSE_MG_MAX, SCALE_0_TO_10
from tracker.domain.problems import Problem

AHEAD_MAX = timedelta(minutes=5)  # a tablet's clock may be a little fast, even when corrected
RATE_ML_PER_H_MAX = Decimal(2000)  # above what infusion pumps run at: a slip of the point


def check(content: Content, *, at: datetime, now: datetime) -> list[Problem]:
    """List everything that cannot be; `at` is the instant of the entry."""
    if isinstance(content, AdverseEvent):
        return list(_check_event(content, at, now))
    return list(_check(content))


@singledispatch
def _check(_content: object) -> Iterator[Problem]:
    """Find nothing in what is words alone."""
    return iter(())


@_check.register
def _check_reading(reading: Reading) -> Iterator[Problem]:
    yield from measures.check_vital_signs(reading, "")
    if reading.sedation is not None and reading.sedation not in MOAAS:
        yield Problem("sedation", "Give the sedation (MOAA/S) from 0, no response, to 5, alert.")
    for name in ("dissociation", "pain", "nausea"):
        yield from _check_scale(name, getattr(reading, name), name)
    if all(getattr(reading, field.name) in (None, "") for field in fields(reading)):
        yield Problem("", "There is nothing in this reading. Give a number or a note.")


@_check.register
def _check_given(given: Given) -> Iterator[Problem]:
    yield from _check_amounts(given.dose_mg, given.lot_id)


@_check.register
def _check_infusion(infusion: Infusion) -> Iterator[Problem]:
    yield from _check_amounts(infusion.dose_mg, infusion.lot_id)
    rate = infusion.rate_ml_per_h
    if rate is not None:
        wanted = f"Give the rate in mL per hour, above zero and at most {RATE_ML_PER_H_MAX}."
        yield from measures.check_amount("rate_ml_per_h", rate, RATE_ML_PER_H_MAX, wanted)
    elif infusion.action is InfusionAction.RATE:
        yield Problem("rate_ml_per_h", "Give the new rate in mL per hour.")


@_check.register
def _check_mark(mark: DissociationMark) -> Iterator[Problem]:
    yield from _check_scale("strength", mark.strength, "strength")


@_check.register
def _check_setting(setting: Setting) -> Iterator[Problem]:
    if not any(getattr(setting, field.name) for field in fields(setting)):
        yield Problem("", "There is nothing in this. Write something, or leave it.")


def _check_event(event: AdverseEvent, at: datetime, now: datetime) -> Iterator[Problem]:
    if event.term is EventTerm.OTHER and not event.other:
        yield Problem("other", "Say what happened.")
    if event.grade is not None and event.grade not in GRADES:
        yield Problem("grade", "Give the grade from 1, mild, to 5, death.")
    if event.ended_at is not None and event.ended_at < at:
        yield Problem("ended_at", "The event cannot end before it began.")
    if event.ended_at is not None and event.ended_at > now + AHEAD_MAX:
        yield Problem("ended_at", "The end is in the future. Check the clock of this device.")


def _check_scale(name: str, value: int | None, words: str) -> Iterator[Problem]:
    if value is not None and value not in SCALE_0_TO_10:
        yield Problem(name, f"Give the {words} as a whole number from 0 to 10.")


def _check_amounts(dose_mg: Decimal | None, lot_id: int | None) -> Iterator[Problem]:
    if dose_mg is not None:
        wanted = f"Give the dose in milligrams, above zero and at most {DOSE_MG_MAX}."
        yield from measures.check_amount("dose_mg", dose_mg, DOSE_MG_MAX, wanted)
    if lot_id is not None and not 0 < lot_id <= ID_MAX:
        yield Problem("lot_id", "Choose a lot of the list.")
