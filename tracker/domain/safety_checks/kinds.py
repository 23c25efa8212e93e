"""Which checks recur in long use, each with who says so and the setting for how often."""

from msgspec import Struct

from tracker.domain.clinic.labels import KETAMINE, SPRAVATO, Labels, LabelSource
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Word

KSET = "Short, J Affect Disord 2020 (KSET)"
INTERVAL = "how often is a clinic setting; no interval is published"


class CheckKind(Word):
    """What is looked at again and again."""

    LIVER = "liver", "Liver tests"
    URINARY = "urinary", "Urinary symptoms"
    COGNITION = "cognition", "Memory and thinking"
    CRAVING = "craving", "Craving and misuse"
    EXPOSURE = "exposure", "Dose and sessions of 12 months"


class CheckRule(Struct, frozen=True, kw_only=True):
    """One check: `setting` holds its months (0 is never again), `hint` says what may be written.

    One `at_baseline` is due before the first dose, too.
    """

    kind: CheckKind
    setting: str
    at_baseline: bool
    hint: str
    source: str | LabelSource

    def source_in(self, labels: Labels) -> str:
        """Name the source where these labels apply."""
        return self.source if isinstance(self.source, str) else self.source.text(labels)

    def months(self, settings: TreatmentSettings) -> int:
        """Say after how many months it is due again; 0 where it is not repeated."""
        months: int = getattr(settings, self.setting)
        return months


RULES = (
    CheckRule(
        kind=CheckKind.LIVER,
        setting="liver_months",
        at_baseline=True,
        hint="ALT, AST, ALP and GGT, each with its unit",
        source=LabelSource(
            us=f"{KETAMINE}: liver tests, ALP and GGT among them, at baseline and "
            f"periodically with recurrent use; {INTERVAL}"
        ),
    ),
    CheckRule(
        kind=CheckKind.URINARY,
        setting="urinary_months",
        at_baseline=True,
        hint="Frequency, urgency, pain, blood; or a score",
        source=LabelSource(
            us=f"{SPRAVATO} and {KETAMINE}: urinary symptoms watched for; {INTERVAL}"
        ),
    ),
    CheckRule(
        kind=CheckKind.COGNITION,
        setting="cognition_months",
        at_baseline=True,
        hint="Which test, and its score",
        source=LabelSource(
            us=f"{SPRAVATO}, cognitive impairment, and {KSET}; {INTERVAL}",
            otherwise=f"{KSET}; {INTERVAL}",
        ),
    ),
    CheckRule(
        kind=CheckKind.CRAVING,
        setting="craving_months",
        at_baseline=True,
        hint="Craving from 0 to 10; use outside the clinic",
        source=LabelSource(
            us=f"{SPRAVATO}: signs of abuse and misuse watched for; {KSET}; {INTERVAL}",
            otherwise=f"{KSET}; {INTERVAL}",
        ),
    ),
    CheckRule(
        kind=CheckKind.EXPOSURE,
        setting="exposure_months",
        at_baseline=False,
        hint="Sessions and milligrams, as this page counts them",
        source="clinic default; no published limit of a year's dose",
    ),
)
BY_KIND = {rule.kind: rule for rule in RULES}
