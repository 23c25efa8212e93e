"""What the labels say of the very first dose of nasal esketamine."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from tracker.domain.clinic.doses import ACUTE_SUICIDALITY
from tracker.domain.clinic.labels import SPRAVATO, SPRAVATO_EU, Label, Labels, LabelSource
from tracker.domain.codes import Drug, Indication, Route
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import in_full
from tracker.domain.problems import Finding

DAY_ONE_MG = Decimal(56)
DAY_ONE_SOURCE = LabelSource(us=f"{SPRAVATO}, treatment-resistant depression: 56 mg on day 1")
OLDER_YEARS = 65
OLDER_START_MG = Decimal(28)
OLDER_SOURCE = LabelSource(
    us="",
    eu=f"{SPRAVATO_EU} 4.2, table 2: from {OLDER_YEARS} years on, {OLDER_START_MG} mg on day 1",
)


class DoseHistory(Struct, frozen=True, kw_only=True):
    """Who a dose is for, what for, and whether nasal esketamine was given before.

    What is not known is None. `labels` are those that apply where it is given; `template` laid out
    the series.
    """

    labels: Labels
    had_esketamine: bool | None
    age_years: int | None = None
    indication: Indication | None = None
    template: str = ""


def review(
    drug: Drug | None, route: Route | None, dose_mg: Decimal | None, history: DoseHistory
) -> Iterator[Finding]:
    """Yield what is unusual about a first dose; nothing where it is not known to be the first."""
    if history.had_esketamine is not False or dose_mg is None:
        return
    if not is_nasal_esketamine(drug, route):
        return
    if Label.US in history.labels:
        yield from _above_day_one(dose_mg, history)
    if Label.EU in history.labels:
        yield from _above_the_older(dose_mg, history)


def _above_day_one(dose_mg: Decimal, history: DoseHistory) -> Iterator[Finding]:
    depressed = history.indication is Indication.DEPRESSION
    if depressed and history.template != ACUTE_SUICIDALITY and dose_mg > DAY_ONE_MG:
        yield Finding(
            "dose_mg",
            f"{in_full(dose_mg)} mg is the first dose of esketamine on record, above "
            f"{DAY_ONE_MG} mg.",
            DAY_ONE_SOURCE.text(history.labels),
        )


def _above_the_older(dose_mg: Decimal, history: DoseHistory) -> Iterator[Finding]:
    years = history.age_years
    if years is not None and years >= OLDER_YEARS and dose_mg > OLDER_START_MG:
        yield Finding(
            "dose_mg",
            f"A first dose of {in_full(dose_mg)} mg at {years} years is above {OLDER_START_MG} mg.",
            OLDER_SOURCE.text(history.labels),
        )
