"""What a label says of the very first dose of nasal esketamine."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.clinic.labels import Label, Labels, LabelSource
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.problems import Finding
from tracker.domain.sessions.draft import SessionDraft

OLDER_YEARS = 65
OLDER_START_MG = Decimal(28)
OLDER_SOURCE = LabelSource(
    us="", eu="Spravato EU product information 4.2, table 2: from 65 years on, 28 mg on day 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseHistory:
    """Who a dose is for: their age on the day, and whether nasal esketamine was given before.

    `labels` are those that apply where it is given.
    """

    age_years: int
    had_esketamine: bool
    labels: Labels


def review(draft: SessionDraft, history: DoseHistory | None) -> Iterator[Finding]:
    """Yield what is unusual about a first dose; nothing where its history is not known."""
    if history is None or history.had_esketamine or Label.EU not in history.labels:
        return
    if draft.dose_mg is None or not is_nasal_esketamine(draft.drug, draft.route):
        return
    if history.age_years >= OLDER_YEARS and draft.dose_mg > OLDER_START_MG:
        yield Finding(
            "dose_mg",
            f"A first dose of {draft.dose_mg:f} mg at {history.age_years} years is above "
            f"{OLDER_START_MG} mg.",
            OLDER_SOURCE.text(history.labels),
        )
