"""Assessments between the table and the domain: pack and unpack what was answered."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from tracker.domain.checklists.items import Told
from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility.draft import (
    ChildPugh,
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
    TreatmentKind,
    TrialOutcome,
)
from tracker.domain.eligibility.prefill import LineKind, ReviewLine
from tracker.domain.measures import VitalSigns
from tracker.domain.packing import or_none, plain, unpacked
from tracker.models.eligibility import Eligibility


def pack(draft: EligibilityDraft) -> dict[str, Any]:
    """Write what was answered as JSON values; drug and day have columns of their own."""
    plain = asdict(draft)
    del plain["drug"], plain["assessed_on"]
    return {
        **plain,
        "tested_on": draft.tested_on.isoformat() if draft.tested_on else None,
        "weight_kg": None if draft.weight_kg is None else f"{draft.weight_kg:f}",
    }


def _treatment(stored: Mapping[str, Any]) -> EarlierTreatment:
    readers = {
        "kind": TreatmentKind, "adequate": Told, "outcome": TrialOutcome, "in_episode": Told,
    }  # fmt: skip
    return EarlierTreatment(**unpacked(stored, {k: or_none(v) for k, v in readers.items()}))


def _medicine(stored: Mapping[str, Any]) -> Medicine:
    return Medicine(**unpacked(stored, {"flags": lambda flags: tuple(map(MedicineFlag, flags))}))


def _history(stored: Mapping[str, Any]) -> dict[str, HistoryAnswer]:
    said = or_none(Told)
    return {code: HistoryAnswer(said(one["said"]), one["words"]) for code, one in stored.items()}


_READERS: dict[str, Callable[[Any], Any]] = {
    "indications": lambda codes: tuple(map(Indication, codes)),
    "history": _history,
    "mood_stabiliser": or_none(Told),
    "liver": or_none(ChildPugh),
    "any_treatments": or_none(Told),
    "treatments": lambda rows: tuple(map(_treatment, rows)),
    "resistance": or_none(Told),
    "any_medicines": or_none(Told),
    "medicines": lambda rows: tuple(map(_medicine, rows)),
    "pregnancy": or_none(Pregnancy),
    "tested_on": or_none(date.fromisoformat),
    "vital_signs": lambda stored: VitalSigns(**stored),
    "weight_kg": or_none(Decimal),
}


def draft_of(row: Eligibility) -> EligibilityDraft:
    """Read back what was answered."""
    stored = row.content["answers"]
    return EligibilityDraft(
        drug=Drug(row.drug), assessed_on=row.assessed_on, **unpacked(stored, _READERS)
    )


def pack_lines(lines: Iterable[ReviewLine]) -> list[dict[str, str]]:
    """Write the lines that somebody signed beneath, so that they stay what they were."""
    return [plain(line) for line in lines]


def lines_of(row: Eligibility) -> tuple[ReviewLine, ...]:
    """Read back the lines that were signed beneath."""
    return tuple(
        ReviewLine(**line | {"kind": LineKind(line["kind"])})
        for line in row.content.get("lines", ())
    )
