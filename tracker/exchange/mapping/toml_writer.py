"""A mapping as TOML, ready to be edited, with the reasons beside the keys."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from tracker.domain.problems import Problem
from tracker.exchange.mapping.model import ImportMapping, ScoreColumns, SessionColumns

_HEADER = (
    "How this file is read. Edit what is wrong, keep it, and use it for every file of this layout.",
    "Offsets (hours_after, days_after, months_after) count from [anchor].",
)
_ANSWER = "Answer before importing:"


def to_toml(
    mapping: ImportMapping,
    *,
    reasons: Mapping[str, str] | None = None,
    questions: tuple[Problem, ...] = (),
    unused: tuple[str, ...] = (),
) -> str:
    """Write a mapping; reasons go before their keys, open questions and unused columns on top."""
    lines = [*map(_comment, _HEADER)]
    if questions:
        lines += ["", _comment(_ANSWER)]
        lines += [_comment(f"- {question.field}: {question.message}") for question in questions]
    if unused:
        lines += ["", _comment(f"Columns not used: {', '.join(unused)}")]
    asked = frozenset(question.field for question in questions)
    lines += _Writer(reasons or {}, asked).write(mapping)
    return "\n".join(lines) + "\n"


class _Writer:
    def __init__(self, reasons: Mapping[str, str], asked: frozenset[str]) -> None:
        self._reasons = reasons
        self._asked = asked

    def write(self, mapping: ImportMapping) -> Iterator[str]:
        if mapping.table:
            yield ""
            yield from self._keys("", {"table": mapping.table})
        facts = _keys_of(mapping.file)
        if not mapping.file.header_row:
            del facts["header_row"]
        yield from self._section("[file]", "file", facts)
        if mapping.table:
            return
        patient = _keys_of(mapping.patient)
        columns, sexes = patient.pop("columns"), patient.pop("sex_values")
        yield from self._section("[patient]", "patient", patient)
        yield from self._section("[patient.columns]", "patient.columns", columns)
        yield from self._section("[patient.sex_values]", "patient.sex_values", sexes)
        yield from self._section("[anchor]", "anchor", _keys_of(mapping.anchor))
        for number, score in enumerate(mapping.scores, 1):
            yield from self._score(score, f"scores[{number}]")
        for number, given in enumerate(mapping.sessions, 1):
            yield from self._session(given, f"sessions[{number}]")

    def _score(self, score: ScoreColumns, key: str) -> Iterator[str]:
        keys = _keys_of(score)
        values, answers = keys.pop("values"), keys.pop("answers")
        yield from self._section("[[scores]]", key, keys)
        yield from self._section("[scores.values]", f"{key}.values", values)
        yield from self._section("[scores.answers]", f"{key}.answers", answers)

    def _session(self, given: SessionColumns, key: str) -> Iterator[str]:
        keys = _keys_of(given)
        columns, fixed, values = keys.pop("columns"), keys.pop("fixed"), keys.pop("values")
        if f"{key}.start_time" in self._asked:
            keys.setdefault("start_time", None)  # an empty place for the answer
        yield from self._section("[[sessions]]", key, keys)
        yield from self._section("[sessions.columns]", f"{key}.columns", columns)
        yield from self._section("[sessions.fixed]", f"{key}.fixed", fixed)
        for field, words in values.items():
            yield from self._section(f"[sessions.values.{field}]", f"{key}.values.{field}", words)

    def _section(self, title: str, key: str, values: Mapping[str, Any]) -> Iterator[str]:
        if not values and not title.startswith("[["):
            return
        yield ""
        if key in self._reasons:
            yield _comment(self._reasons[key])
        yield title
        yield from self._keys(f"{key}.", values)

    def _keys(self, prefix: str, values: Mapping[str, Any]) -> Iterator[str]:
        for name, value in values.items():
            if reason := self._reasons.get(f"{prefix}{name}"):
                yield _comment(reason)
            yield f"{_key(name)} = {_value(value)}"


def _keys_of(part: Any) -> dict[str, Any]:
    """Lay a part of the mapping out as keys, without those that say nothing."""
    kept_when_empty = {"columns", "sex_values", "fixed", "values", "answers", "create_unknown"}
    kept_when_empty |= {"decimal_comma", "formula_guard", "missing"}
    return {
        name: value
        for name in part.__struct_fields__
        if _says_something(value := getattr(part, name)) or name in kept_when_empty
    }


def _says_something(value: object) -> bool:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return True  # hours_after = 0 is the baseline
    return bool(value) or isinstance(value, time)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _text(name)


def _value(value: object) -> str:
    if value is None:
        return '""'
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return f"# {printable}"
