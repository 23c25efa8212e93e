"""What stands beside the fields of a worksheet: where a value is from, and what else is known."""

from collections.abc import Sequence

from tracker.domain.worksheets.editions import FIELDS, FormField, Need, Section, by_code, fields_of
from tracker.domain.worksheets.form import FormLine, in_words
from tracker.services.worksheets.queries import WorksheetView


def parts(codes: Sequence[str]) -> list[tuple[Section, list[FormField]]]:
    """Group fields by the parts of the form, those that hang on others too."""
    fields = [one for one in FIELDS if one.code in codes]
    grouped = [(part, [one for one in fields if one.section is part]) for part in Section]
    return [(part, under) for part, under in grouped if under]


def of(view: WorksheetView) -> dict[str, str]:
    """Say beside each field where its value is from, by the field's code."""
    lines = {line.field.code: line for line in view.lines}
    return {
        one.code: " ".join(
            [_condition_hint(one, view.form.code), _known_hint(one, lines.get(one.code))]
        ).strip()
        for one in fields_of(view.form.code)
    }


def _condition_hint(one: FormField, form_version: str) -> str:
    if one.asked_if is None:
        return ""
    code, answer = one.asked_if
    other = by_code(form_version)[code]
    return f"Only if “{other.label.rstrip('?')}” is {in_words(other, answer).lower()}."


def _known_hint(one: FormField, line: FormLine | None) -> str:
    if line is None:
        return ""
    hints = [line.remark] if line.remark else []
    if line.is_typed:
        says = line.says_in_words or "nothing"
        hints.insert(0, f"Typed here. The session says: {says}.")
    elif line.value:
        hints.insert(0, f"From: {line.source}.")
    elif one.need is Need.REQUIRED:
        hints.insert(0, "Missing. Required on the form.")
    elif one.need is Need.ASKED:
        hints.insert(0, "Missing.")
    return " ".join(hints)
