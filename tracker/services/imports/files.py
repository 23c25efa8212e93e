"""Open a file that comes in: a table with its mapping, or one form as FHIR."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.problems import Problem
from tracker.exchange import incoming
from tracker.exchange.csv import reader as csv_reader
from tracker.exchange.fhir import responses
from tracker.exchange.guess import mapping as guess
from tracker.exchange.guess.mapping import Guess
from tracker.exchange.mapping import toml_reader as mapping_reader
from tracker.exchange.mapping.model import FileFacts, ImportMapping, MappingError, PatientColumns
from tracker.exchange.rows import IncomingRow
from tracker.instruments import library

_WHOSE = "patient.record_number_is"


class OpenedFile(Struct, frozen=True):
    """A file ready to be read: its rows, and the mapping they are read through."""

    mapping: ImportMapping
    header: tuple[str, ...]
    rows: Iterable[IncomingRow]
    reasons: Mapping[str, str]


def outline(data: bytes) -> Guess:
    """Guess what a file means; raise UnreadableFileError for what is neither table nor form."""
    if responses.is_json(data):
        return _ask_whose(responses.open_response(data))
    return guess.guess_file(csv_reader.open_source(data), library())


def open_file(data: bytes, mapping: str, patient: str, *, zone: ZoneInfo) -> OpenedFile:
    """Open a file as its mapping says, or guess the mapping; `patient` is whose all of it is."""
    if responses.is_json(data):
        return _open_response(data, mapping, patient, zone)
    reasons: Mapping[str, str] = {}
    if mapping.strip():
        used = _of_patient(mapping_reader.from_toml(mapping), patient)
    else:
        guessed = outline(data)
        used, reasons = _of_patient(guessed.mapping, patient), guessed.reasons
        asked = tuple(q for q in guessed.open_questions if not (patient and _is_whose(q)))
        if asked:
            raise MappingError(asked)
    facts = used.file
    source = csv_reader.open_source(
        data, encoding=facts.encoding, separator=facts.separator, header_row=facts.header_row
    )
    rows = incoming.read_rows(source, used, zone=zone, instruments=library())
    return OpenedFile(used, source.header, rows, reasons)


def _open_response(data: bytes, mapping: str, patient: str, zone: ZoneInfo) -> OpenedFile:
    response = responses.open_response(data)
    asked = _ask_whose(response)
    used = mapping_reader.from_toml(mapping) if mapping.strip() else asked.mapping
    used = _of_patient(used, patient)
    number = used.patient.record_number_is
    if not number:
        raise MappingError(asked.open_questions)
    row = responses.read_response(response, number, zone=zone, instruments=library())
    return OpenedFile(used, (), [row], {})


def _of_patient(mapping: ImportMapping, patient: str) -> ImportMapping:
    if not patient or mapping.table:
        return mapping
    whose = replace(
        mapping.patient, record_number="", record_number_from="", record_number_is=patient
    )
    return replace(mapping, patient=whose)


def _is_whose(question: Problem) -> bool:
    return question.field.startswith("patient.record_number")


def _ask_whose(response: Mapping[str, Any]) -> Guess:
    """Ask whose a form is: what it says itself are the names of another program."""
    subject = response.get("subject")
    whose = subject.get("reference") if isinstance(subject, Mapping) else ""
    message = (
        f"The form is of '{whose or 'nobody'}', a name that only its maker knows. Say whose it is, "
        'under [patient]: record_number_is = "P-0012", or on the command line --patient P-0012.'
    )
    return Guess(
        mapping=ImportMapping(file=FileFacts(encoding="utf-8"), patient=PatientColumns()),
        reasons={},
        open_questions=(Problem(_WHOSE, message),),
        passed_over={},
        is_form=True,
    )
