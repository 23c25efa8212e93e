"""What a questionnaire or scale is: its questions, range, direction, bands, rules of change."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain.codes import Indication


class Band(Struct, frozen=True):
    """A named stretch of a scale, both ends included."""

    lowest: Decimal
    highest: Decimal
    label: str


class ChangeRules(Struct, frozen=True):
    """What counts as response, remission and a change, each with its source ('' if unset).

    `response_fraction` is the share of baseline by which a total must improve (0.5 = half).
    `remission_at_most` is included. Response and remission count only from a baseline as ill as
    `entry_at_least` (`entry_at_most` where higher is better), itself included.

    Two ideas that are never mixed. An important change matters to people: `smallest_important`
    points, or `smallest_important_fraction` of the earlier total, the larger where both are given.
    A reliable one is beyond the error of measurement (95 %): `reliable` points, which follow from
    `sem`, the standard error of measurement, where that is known.
    """

    response_fraction: Decimal | None = None
    response_points: Decimal | None = None
    response_source: str = ""
    remission_at_most: Decimal | None = None
    remission_needs_reliable: bool = False
    remission_source: str = ""
    entry_at_least: Decimal | None = None
    entry_at_most: Decimal | None = None
    entry_source: str = ""
    smallest_important: Decimal | None = None
    smallest_important_fraction: Decimal | None = None
    smallest_important_source: str = ""
    sem: Decimal | None = None
    sem_source: str = ""
    reliable: Decimal | None = None
    reliable_source: str = ""


class Choice(Struct, frozen=True):
    """One answer that may be given: its value, its words, its LOINC answer code ('' if none)."""

    value: Decimal
    label: str
    loinc: str = ""


class Item(Struct, frozen=True, kw_only=True):
    """One question. `number` is its place on the form from 1; `scored_items` False never adds up.

    `optional` items may be left out without making the questionnaire incomplete. `text` is '' where
    the wording is the clinic's to supply. `cluster` names the group a pattern counts it in.
    `asked_if` is the code of an earlier question: this one is put only after a yes (1) to that.
    A `reverse` one counts the other way round, answers of 0 to 3 as 3 to 0; they are kept as given.
    """

    code: str
    number: int
    text: str
    choices: tuple[Choice, ...]
    scored: bool = True
    optional: bool = False
    loinc: str = ""
    cluster: str = ""
    asked_if: str = ""
    reverse: bool = False

    def choice(self, value: Decimal) -> Choice | None:
        """Find the answer that has a value."""
        return next((choice for choice in self.choices if choice.value == value), None)

    def counts(self, value: Decimal) -> Decimal:
        """Give what an answer counts: its value, or as far from the other end where reversed."""
        if not self.reverse:
            return value
        values = [choice.value for choice in self.choices]
        return min(values) + max(values) - value


class Method(StrEnum):
    """How answers become a total."""

    SUM = "sum"
    MEAN = "mean"
    LEVEL = "level"  # the highest level whose condition holds


class Level(Struct, frozen=True, kw_only=True):
    """A total that answers lead to when any of these items has an answer of at least 1."""

    total: Decimal
    any_of: tuple[str, ...]


class Scoring(Struct, frozen=True, kw_only=True):
    """How the scored items add up, and how many may be missing (with the source that allows it).

    A prorated total is the mean of what was answered, times the number of scored items, rounded
    half up to a whole number. `decimals` is to how many places a mean is given. A sum is multiplied
    by `times`.
    """

    method: Method = Method.SUM
    decimals: int = 0
    times: int = 1
    missing_allowed: int = 0
    missing_source: str = ""
    levels: tuple[Level, ...] = ()


class Subscale(Struct, frozen=True, kw_only=True):
    """A part of the items with a sum of its own; it needs every one of them.

    `cut` is the value from which it counts as positive, None where none is published.
    """

    code: str
    title: str
    items: tuple[str, ...]
    minimum: Decimal
    maximum: Decimal
    cut: Decimal | None = None
    source: str = ""
    loinc_total: str = ""


class Pattern(Struct, frozen=True, kw_only=True):
    """A rule over clusters: so many items of each with an answer of `at_least` or more.

    Information only, never a diagnosis; `note` says so in the words that are shown.
    """

    code: str
    title: str
    at_least: Decimal
    needs: Mapping[str, int]
    source: str
    note: str


class AlarmKind(StrEnum):
    """What an alarm is about."""

    SUICIDE = "suicide"
    REVIEW = "review"


class Alarm(Struct, frozen=True, kw_only=True):
    """An answer somebody must look at: `item` at `at_least` or more. A suicide item left out too.

    `urgent_at_least` is the value from which the alert is urgent, None where the source has none.
    """

    item: str
    at_least: Decimal
    kind: AlarmKind
    source: str
    urgent_at_least: Decimal | None = None


class TotalAlarm(Struct, frozen=True, kw_only=True):
    """A total somebody must look at, however it was entered: `at_least` or worse.

    `urgent_at_least` is the total from which the alert is urgent, None where the source has none.
    `meaning` says what such a total means. One that is `implied` says only what the answers must
    have been: where they are known, they speak for themselves.
    """

    at_least: Decimal
    kind: AlarmKind
    meaning: str
    source: str
    urgent_at_least: Decimal | None = None
    implied: bool = False


class Example(Struct, frozen=True, kw_only=True):
    """A worked example that is a test of its instrument.

    `answers` are by item code, None for a missing one. `total` None means that there is none.
    `alarms` are the items whose answers raise one: all of them. A band, and subscales and patterns,
    are compared where they are given.
    """

    name: str
    answers: Mapping[str, Decimal | None]
    total: Decimal | None
    completeness: str
    band: str = ""
    subscales: Mapping[str, Decimal] = field(default_factory=dict)
    patterns: Mapping[str, bool] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()


class Instrument(Struct, frozen=True):
    """A scale as data. `higher_is_worse` says which way it runs; directions are never mixed.

    Where `neither_is_better`, no end of it is a goal, and no change is for the better or the worse.
    `recall_days` is how far back the questions look; 0 is a rating of this moment. `indications`
    are the conditions whose course it tells first of all. Without `items` only a total is entered.
    Totals of `whole_numbers` have no decimals. One that is `staff_only` is neither drawn nor worded
    for patients.
    """

    code: str
    version: str
    title: str
    short_title: str
    minimum: Decimal
    maximum: Decimal
    higher_is_worse: bool
    low_end: str
    high_end: str
    recall: str
    source: str
    licence: str
    loinc_total: str = ""
    bands: tuple[Band, ...] = ()
    bands_source: str = ""
    change: ChangeRules = ChangeRules()
    recall_days: int = 0
    indications: tuple[Indication, ...] = ()
    language: str = "en"
    loinc_panel: str = ""
    instruction: str = ""
    stem: str = ""
    items: tuple[Item, ...] = ()
    scoring: Scoring = Scoring()
    subscales: tuple[Subscale, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    total_alarms: tuple[TotalAlarm, ...] = ()
    examples: tuple[Example, ...] = ()
    neither_is_better: bool = False
    whole_numbers: bool = False
    staff_only: bool = False
    digest: str = ""  # SHA-256 of the file, which tells one wording of a version from another

    def band(self, total: Decimal) -> Band | None:
        """Find the band that a total falls in."""
        return next((b for b in self.bands if b.lowest <= total <= b.highest), None)

    def item(self, code: str) -> Item | None:
        """Find a question by its code."""
        return next((item for item in self.items if item.code == code), None)

    def judged_as(self, current: "Instrument | None") -> "Instrument":
        """Give these words with the ranges and the rules of change of the current instrument.

        What was asked stays as it was; what a total means is told in one way everywhere. An
        instrument that runs otherwise today keeps its own.
        """
        if current is None or self._ends != current._ends:
            return self
        scoring = self.scoring
        if scoring.missing_allowed == current.scoring.missing_allowed:
            scoring = replace(scoring, missing_source=current.scoring.missing_source)
        return replace(
            self,
            bands=current.bands,
            bands_source=current.bands_source,
            change=current.change,
            total_alarms=current.total_alarms,
            scoring=scoring,
            neither_is_better=current.neither_is_better,
            whole_numbers=current.whole_numbers,
            staff_only=current.staff_only,
        )

    @property
    def _ends(self) -> tuple[Decimal, Decimal]:
        return self.minimum, self.maximum

    @property
    def edition_number(self) -> tuple[int, ...]:
        """The version as numbers that compare: 1.10 comes after 1.9, and 1.0 is 1."""
        parts = [int(part) for part in self.version.split(".")]
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return tuple(parts)

    @property
    def needs_wording(self) -> bool:
        """Whether it has questions whose words the clinic must supply in a file of its own."""
        return bool(self.items) and not self.answerable

    @property
    def answerable(self) -> bool:
        """Whether its questions can be asked: it has some, and the wording of all."""
        return bool(self.items) and all(item.text for item in self.items)

    @property
    def plain_sum(self) -> bool:
        """Whether the total is the sum of the answers just as they are given."""
        is_sum = self.scoring.method is Method.SUM and self.scoring.times == 1
        return is_sum and not any(item.reverse for item in self.items)

    @property
    def scored_items(self) -> tuple[Item, ...]:
        """The questions that add up."""
        return tuple(item for item in self.items if item.scored)

    @property
    def safety_items(self) -> frozenset[str]:
        """The codes of its suicide items."""
        return frozenset(a.item for a in self.alarms if a.kind is AlarmKind.SUICIDE)
