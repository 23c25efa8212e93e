"""Read the parts of an instrument: its questions, its scoring, its bands, its rules of change."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec.structs import replace

from tracker.domain.codes import Completeness
from tracker.domain.instruments.model import (
    Alarm,
    AlarmKind,
    Band,
    ChangeRules,
    Choice,
    Example,
    Item,
    Level,
    Method,
    Pattern,
    Scoring,
    Subscale,
    TotalAlarm,
)
from tracker.domain.instruments.toml_table import InstrumentTable, exact

ITEM_CODE = r"[a-z0-9][a-z0-9_-]{0,39}"
_ITEM_WORDS = "Use up to 40 small letters, digits, _ and -."
_ZERO = Decimal(0)
CHANGE_SOURCES = {
    "response_fraction": "response_source",
    "response_points": "response_source",
    "remission_at_most": "remission_source",
    "entry_at_least": "entry_source",
    "entry_at_most": "entry_source",
    "smallest_important": "smallest_important_source",
    "smallest_important_fraction": "smallest_important_source",
    "sem": "sem_source",
    "reliable": "reliable_source",
}
# With 95 % certainty a change of one person is beyond the error of measurement from 1.96 x sqrt(2)
# standard errors of measurement on (Jacobson, Truax 1991, J Consult Clin Psychol 59:12-19).
RELIABLE_SEMS = Decimal("1.96") * Decimal(2).sqrt()
_TENTH = Decimal("0.1")
MISSING = "missing"  # how an example writes an answer that was not given


def bands(top: InstrumentTable) -> tuple[Band, ...]:
    """Read the named stretches of the scale."""
    found = []
    for row in top.tables("bands"):
        lowest, highest = (row.number(end, required=True) for end in ("lowest", "highest"))
        found.append(Band(lowest or _ZERO, highest or _ZERO, _name(row, "label")))
        row.check_unknown_keys()
    return tuple(found)


def change(top: InstrumentTable) -> ChangeRules:
    """Read what counts as a change, each with the source that says so."""
    row = top.table("change")
    numbers = {key: row.number(key) for key in CHANGE_SOURCES}
    sources = {key: row.text(key) for key in dict.fromkeys(CHANGE_SOURCES.values())}
    for key, source in CHANGE_SOURCES.items():
        if numbers[key] is not None and not sources[source].strip():
            row.wrong(source, f"is missing. Name the paper or manual that {key} is from.")
    needs_reliable = row.flag("remission_needs_reliable", default=False)
    row.check_unknown_keys()
    if numbers["sem"] is not None and numbers["reliable"] is None:
        numbers["reliable"] = reliable_size(numbers["sem"])
        sources["reliable_source"] = sources["sem_source"]
    rules = ChangeRules(**numbers, **sources)  # type: ignore[arg-type]
    return replace(rules, remission_needs_reliable=needs_reliable)


def reliable_size(sem: Decimal) -> Decimal:
    """Work out the reliable change that follows from a standard error of measurement, to 0.1."""
    return (sem * RELIABLE_SEMS).quantize(_TENTH, ROUND_HALF_UP)


def choices(table: InstrumentTable) -> tuple[Choice, ...]:
    """Read the answers that may be given."""
    found = []
    for row in table.tables("choices"):
        value = row.number("value", required=True)
        found.append(Choice(value or _ZERO, _name(row, "label"), row.text("loinc")))
        row.check_unknown_keys()
    return tuple(found)


def items(top: InstrumentTable, shared: tuple[Choice, ...]) -> tuple[Item, ...]:
    """Read the questions in the order of the form."""
    found = []
    for number, row in enumerate(top.tables("items"), 1):
        own = choices(row)
        if not own and not shared:
            row.wrong("choices", "is missing. Give the answers here, or as [[choices]] for all.")
        found.append(
            Item(
                code=row.code("code", ITEM_CODE, _ITEM_WORDS),
                number=number,
                text=row.text("text", required=True).strip(),
                choices=own or shared,
                scored=row.flag("scored", default=True),
                optional=row.flag("optional", default=False),
                loinc=row.text("loinc"),
                cluster=row.text("cluster"),
                asked_if=row.text("asked_if"),
                reverse=row.flag("reverse", default=False),
            )
        )
        row.check_unknown_keys()
    return tuple(found)


def scoring(top: InstrumentTable) -> Scoring:
    """Read how the answers add up."""
    row = top.table("scoring")
    allowed = row.whole("missing_allowed", highest=100)
    source = row.text("missing_source")
    if allowed and not source.strip():
        row.wrong("missing_source", "is missing. Name what allows answers to be missing.")
    read = Scoring(
        method=row.word("method", Method, Method.SUM),
        decimals=row.whole("decimals", highest=4),
        times=row.whole("times", highest=100) if row.has("times") else 1,
        missing_allowed=allowed,
        missing_source=source,
        levels=tuple(_levels(row)),
    )
    row.check_unknown_keys()
    return read


def _levels(table: InstrumentTable) -> Iterator[Level]:
    for row in table.tables("levels"):
        total = row.number("total", required=True)
        yield Level(total=total or _ZERO, any_of=row.words("any_of", required=True))
        row.check_unknown_keys()


def subscales(top: InstrumentTable, questions: tuple[Item, ...]) -> tuple[Subscale, ...]:
    """Read the parts; the ends of each follow from the answers that its questions take."""
    found = []
    for row in top.tables("subscales"):
        codes = row.words("items", required=True)
        within = [item.choices for item in questions if item.code in codes and item.choices]
        cut, source = row.number("cut"), row.text("source")
        if cut is not None and not source.strip():
            row.wrong("source", "is missing. Name the paper or manual that the cut is from.")
        found.append(
            Subscale(
                code=row.code("code", ITEM_CODE, _ITEM_WORDS),
                title=_name(row, "title"),
                items=codes,
                minimum=sum((min(c.value for c in answers) for answers in within), _ZERO),
                maximum=sum((max(c.value for c in answers) for answers in within), _ZERO),
                cut=cut,
                source=source,
                loinc_total=row.text("loinc_total"),
            )
        )
        row.check_unknown_keys()
    return tuple(found)


def patterns(top: InstrumentTable) -> tuple[Pattern, ...]:
    """Read the rules over groups of questions."""
    found = []
    for row in top.tables("patterns"):
        at_least = row.number("at_least", required=True)
        found.append(
            Pattern(
                code=row.code("code", ITEM_CODE, _ITEM_WORDS),
                title=_name(row, "title"),
                at_least=at_least or _ZERO,
                needs=dict(_needs(row)),
                source=_name(row, "source"),
                note=_name(row, "note"),
            )
        )
        row.check_unknown_keys()
    return tuple(found)


def _needs(row: InstrumentTable) -> Iterator[tuple[str, int]]:
    for cluster, needed in row.values("needs", required=True).items():
        if isinstance(needed, bool) or not isinstance(needed, int) or needed < 1:
            row.wrong("needs", f"{cluster}: must be a whole number from 1.")
        else:
            yield cluster, needed


def alarms(top: InstrumentTable) -> tuple[Alarm, ...]:
    """Read the answers that somebody must look at."""
    found = []
    for row in top.tables("alarms"):
        at_least = row.number("at_least", required=True)
        found.append(
            Alarm(
                item=_name(row, "item"),
                at_least=at_least or _ZERO,
                kind=row.word("kind", AlarmKind, AlarmKind.REVIEW, required=True),
                source=_name(row, "source"),
                urgent_at_least=row.number("urgent_at_least"),
            )
        )
        row.check_unknown_keys()
    return tuple(found)


def total_alarms(top: InstrumentTable) -> tuple[TotalAlarm, ...]:
    """Read the totals that somebody must look at."""
    found = []
    for row in top.tables("total_alarms"):
        at_least = row.number("at_least", required=True)
        found.append(
            TotalAlarm(
                at_least=at_least or _ZERO,
                kind=row.word("kind", AlarmKind, AlarmKind.REVIEW, required=True),
                meaning=_name(row, "meaning"),
                source=_name(row, "source"),
                urgent_at_least=row.number("urgent_at_least"),
                implied=row.flag("implied", default=False),
            )
        )
        row.check_unknown_keys()
    return tuple(found)


def examples(top: InstrumentTable, questions: tuple[Item, ...]) -> tuple[Example, ...]:
    """Read the worked examples."""
    found = []
    for row in top.tables("examples"):
        found.append(
            Example(
                name=_name(row, "name"),
                answers=_answers(row, questions),
                total=row.number("total"),
                completeness=row.word(
                    "completeness", Completeness, Completeness.COMPLETE, required=True
                ),
                band=row.text("band"),
                subscales=dict(_numbers(row, "subscales")),
                patterns=dict(_flags(row, "patterns")),
                alarms=row.words("alarms"),
            )
        )
        row.check_unknown_keys()
    return tuple(found)


def _numbers(row: InstrumentTable, key: str) -> Iterator[tuple[str, Decimal]]:
    for code, value in row.values(key).items():
        number = exact(value)
        if number is None:
            row.wrong(key, f"{code}: must be a number.")
        else:
            yield code, number


def _flags(row: InstrumentTable, key: str) -> Iterator[tuple[str, bool]]:
    for code, value in row.values(key).items():
        if isinstance(value, bool):
            yield code, value
        else:
            row.wrong(key, f"{code}: must be true or false.")


def _answers(row: InstrumentTable, questions: tuple[Item, ...]) -> dict[str, Decimal | None]:
    """Read answers: a list in the order of the questions, or a table by their codes."""
    if isinstance(row.data.get("answers"), list):
        row.has("answers")
        given = row.data["answers"]
        if len(given) != len(questions):
            row.wrong("answers", f"has {len(given)} answers for {len(questions)} questions.")
            return {}
        pairs: dict[str, Any] = {item.code: v for item, v in zip(questions, given, strict=True)}
    else:
        pairs = row.values("answers", required=True)
    wrong = [code for code, v in pairs.items() if v != MISSING and exact(v) is None]
    if wrong:
        row.wrong("answers", f'{wrong[0]}: must be a number, or "{MISSING}".')
        return {}
    return {code: exact(v) for code, v in pairs.items()}


def _name(row: InstrumentTable, key: str) -> str:
    return row.text(key, required=True, may_be_empty=False)
