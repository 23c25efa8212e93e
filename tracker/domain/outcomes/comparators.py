"""Published series to hold a clinic's figures beside: design, people, scale, cut, result, source.

A result stands only beside the same scale and the same cut. None of them had a control group unless
it says so: a change without one is no effect of the treatment.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace


class Comparator(Struct, frozen=True, kw_only=True):
    """One result of a published series, in percent; `cut` is the highest total in remission.

    `observed` is how many it rests on, None where the source does not say it of this result, and
    `treated` of how many that were treated.
    """

    study: str
    design: str
    scale: str
    when: str
    source: str
    response: Decimal | None = None
    remission: Decimal | None = None
    cut: Decimal | None = None
    worse: Decimal | None = None
    observed: int | None = None
    treated: int | None = None


COMPARATORS = (
    Comparator(
        study="McInnes 2022", scale="phq9", observed=537, treated=9016,
        design="178 clinics in the United States, 4 to 8 infusions in 7 to 28 days",
        when="14 to 31 days after the last infusion",
        response=Decimal("53.6"), remission=Decimal("28.9"), cut=Decimal(4), worse=Decimal("8.4"),
        source="J Affect Disord, doi:10.1016/j.jad.2021.12.097",
    ),
    Comparator(
        study="Oliver 2022", scale="phq9", observed=424,
        design="private clinics, infusions of 0.5 mg/kg, 6 in 21 days", when="within 6 weeks",
        response=Decimal(50), remission=Decimal(20), cut=Decimal(4),
        source="J Clin Psychiatry 83:21m14336",
    ),
    Comparator(
        study="Pfeiffer 2024", scale="phq9", observed=215,
        design="Veterans Health Administration, infusions", when="6 weeks",
        response=Decimal(26), remission=Decimal(15), cut=Decimal(5),
        source="J Clin Psychiatry 85:23m14984",
    ),
    Comparator(
        study="Hull 2022", scale="phq9", observed=1247,
        design="at home, sublingual; of those who completed", when="4 weeks",
        response=Decimal("62.8"), remission=Decimal("32.6"), cut=Decimal(4),
        source="J Affect Disord 314:59, doi:10.1016/j.jad.2022.07.004",
    ),
    Comparator(
        study="Hull 2022", scale="gad7", observed=1247,
        design="at home, sublingual; of those who completed", when="4 weeks",
        response=Decimal("62.9"), remission=Decimal("31.3"), cut=Decimal(4),
        source="J Affect Disord 314:59, doi:10.1016/j.jad.2022.07.004",
    ),
    Comparator(
        study="ESCAPE-TRD 2023", scale="madrs", observed=336,
        design="randomised: nasal esketamine, those who stopped count as not in remission",
        when="week 8", remission=Decimal("27.1"), cut=Decimal(10),
        source="N Engl J Med 2023;389:1298",
    ),
    Comparator(
        study="SUSTAIN-3", scale="madrs", observed=32,
        design="nasal esketamine, a subset, induction", when="end of induction",
        remission=Decimal("62.5"), cut=Decimal(12), source="PMC10439056",
    ),
    Comparator(
        study="ELEKT-D 2023", scale="qids-sr16",
        design="randomised: infusions, against electroconvulsive therapy", when="3 weeks",
        response=Decimal("55.4"), observed=195, source="N Engl J Med 2023 (Anand)",
    ),
)  # fmt: skip

NO_EFFECT = (
    "Neither these series nor a clinic's own figures have a control group, unless it is said: a "
    "change without one is no effect of the treatment. People who are asked when they are at their "
    "worst get better by themselves, too."
)


def beside(scale: str, cut: Decimal | None) -> Iterator[Comparator]:
    """Give the published results on a scale; a remission by another cut is left out."""
    for one in COMPARATORS:
        if one.scale != scale:
            continue
        if one.remission is None or one.cut == cut:
            yield one
        elif one.response is not None:
            yield replace(one, remission=None, cut=None)
