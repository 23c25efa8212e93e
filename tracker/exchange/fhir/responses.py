"""A FHIR R4 QuestionnaireResponse read as a completed form: one file, one form.

Structure: hl7.org/fhir/R4/questionnaireresponse.html. What a response calls its questions is up to
its maker, so a question is known by its LOINC code, else by its words.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.codes import Mode
from tracker.domain.instruments.model import Instrument, Item
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.exchange.cells import dates, numbers
from tracker.exchange.cells.answers import AnswerCells
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.fhir.questions import Leaf, Match, leaves, match, values_of
from tracker.exchange.rows import IncomingScore, MappedRow, RowProblem, shorten

_UNUSABLE = {
    "entered-in-error": "The form was entered in error, says its status. It is not taken.",
    "stopped": "The form was stopped before its end, says its status. It is not taken.",
}
_DEPTH_MAX = 50
_BYTES_MAX = 2_000_000  # read, it takes twenty times as much room as it has bytes


def is_json(data: bytes) -> bool:
    """Say whether a file is JSON rather than a table."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def open_response(data: bytes) -> Mapping[str, Any]:
    """Read the JSON; raise UnreadableFileError, in words for people, for anything else."""
    if len(data) > _BYTES_MAX:
        raise UnreadableFileError(
            f"The file looks like JSON and is larger than {_BYTES_MAX // 1_000_000} MB: no form is "
            "so large. Export one form alone."
        )
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            f"The file looks like JSON but cannot be read at line {error.lineno}, column "
            f"{error.colno}: {error.msg}. Export it again."
        ) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UnreadableFileError("The file looks like JSON but cannot be read.") from error
    kind = found.get("resourceType")
    if kind != "QuestionnaireResponse":
        named = f"'{shorten(kind)}'" if isinstance(kind, str) else "not named"
        raise UnreadableFileError(
            f"Of FHIR files only a QuestionnaireResponse can be imported; this resource is {named}."
        )
    return found  # type: ignore[no-any-return]


def read_response(
    response: Mapping[str, Any],
    record_number: str,
    *,
    zone: ZoneInfo,
    instruments: Mapping[str, Instrument],
) -> MappedRow:
    """Read the form as one row with one score, and everything that is wrong with it."""
    return _Reader(response, zone, instruments).row(record_number)


class _Reader(Struct):
    """Reads one response; problems name the link of the question."""

    response: Mapping[str, Any]
    zone: ZoneInfo
    instruments: Mapping[str, Instrument]

    def row(self, record_number: str) -> MappedRow:
        asked = leaves(self.response, depth_max=_DEPTH_MAX)
        problems: list[RowProblem] = []
        patient = PatientDraft(record_number=record_number)
        if refusal := _UNUSABLE.get(str(self.response.get("status"))):
            problems.append(RowProblem(0, "status", refusal))
        try:
            found = match(asked, self.instruments, about=str(self.response.get("questionnaire")))
        except ValueError as error:
            problems.append(RowProblem(0, "item", str(error)))
            return MappedRow(row=0, patient=patient, problems=tuple(problems))
        answers = dict(self._answers(found, problems))
        total = self._total(found, problems)
        draft = self._draft(found.instrument, answers, total, problems)
        score = IncomingScore(draft=draft, columns=found.links) if draft else None
        return MappedRow(
            row=0,
            patient=patient,
            scores=(score,) if score and not problems else (),
            problems=tuple(problems),
            remarks=tuple(_remarks(found)),
        )

    def _draft(
        self,
        instrument: Instrument,
        answers: Mapping[str, Decimal],
        total: Decimal | None,
        problems: list[RowProblem],
    ) -> AssessmentDraft | None:
        if not answers and total is None:
            problems.append(RowProblem(0, "item", "Nothing is answered in this form."))
        authored = self.response.get("authored")
        try:
            taken = dates.read_instant(str(authored or ""), self.zone)
        except ValueError:
            message = "The form does not say when it was completed: give 'authored' a time."
            problems.append(RowProblem(0, "authored", message, shorten(str(authored or ""))))
            return None
        return AssessmentDraft(
            instrument=instrument.code,
            total=total,
            taken_at=taken.at,
            time_known=taken.time_known,
            answers=answers,
            mode=Mode.FILE,
        )

    def _answers(self, found: Match, problems: list[RowProblem]) -> Iterator[tuple[str, Decimal]]:
        cells = AnswerCells(found.instrument)
        for item, leaf in found.items:
            values = set()
            for text in values_of(leaf.answer):
                try:
                    values.add(cells.read(item, text))
                except ValueError as error:
                    problems.append(RowProblem(0, leaf.link, str(error), shorten(text)))
            if len(values) > 1:
                problems.append(_torn(item, leaf))
            elif values and (value := values.pop()) is not None:
                yield item.code, value

    def _total(self, found: Match, problems: list[RowProblem]) -> Decimal | None:
        if found.total is None:
            return None
        for text in values_of(found.total.answer):
            try:
                return numbers.read_number(text)
            except ValueError as error:
                problems.append(RowProblem(0, found.total.link, str(error), shorten(text)))
        return None


def _torn(item: Item, leaf: Leaf) -> RowProblem:
    texts = " and ".join(repr(text) for text in values_of(leaf.answer))
    message = f"Question {item.number} has two answers that differ: one of them is a wrong code."
    return RowProblem(0, leaf.link, message, shorten(texts))


def _remarks(found: Match) -> Iterator[RowProblem]:
    for item, leaf in found.alike:
        message = f"Taken for question {item.number}, whose words are nearly the same: {item.text}"
        yield RowProblem(0, leaf.link, message, shorten(leaf.text))
    for leaf in found.others:
        message = f"Not taken: this is no question of {found.instrument.short_title}."
        yield RowProblem(0, leaf.link, message, shorten(leaf.text))
