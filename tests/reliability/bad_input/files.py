"""Upload files that nobody should send, and look whether each comes in whole or not at all.

Those of tests/services/imports/test_hostile.py go through the pages here, and larger ones too.
"""

import io
import resource
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy import func, select

from tests.builders import patients
from tests.people import ANNA
from tests.reliability.bad_input.bench import Bench
from tests.reliability.bad_input.fields import Reader
from tests.services.imports import test_hostile as odd
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.mapping.model import MappingError
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.imports import run as import_run

TOO_SLOW_SECONDS, TOO_MUCH_MIB = 10, 200
IN, OUT = "comes in", "stays out"


@dataclass
class Outcome:
    """What came of it."""

    files: int = 0
    rows: int = 0
    slowest: tuple[float, str] = (0.0, "")
    growth_mib: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Say it in a line."""
        return (
            f"{self.files} files, {self.rows} rows, slowest {self.slowest[0]:.1f} s "
            f"({self.slowest[1]}), memory grew by {self.growth_mib:.0f} MiB at most, "
            f"{len(self.faults)} faults"
        )


def corpus(*, large: bool = True) -> Iterator[tuple[str, bytes, str, str]]:
    """Give files: a name, the bytes, the mapping, and whether it should come in."""
    for name, content in odd.WELCOME.items():
        data = content if isinstance(content, bytes) else content.encode()
        yield name, data, odd.SCORES, IN
    for name, (row, _) in odd.REFUSED.items():
        text = f"{odd.HEAD}{odd.GOOD}{row}\n9,z,,5/1/2026,3\n"
        yield name, text.encode(), odd.SCORES, OUT
    for dose in odd.IMPOSSIBLE_DOSES:
        row = f"{odd.SITTINGS}8,2026-01-05 09:30,{dose},70\n"
        yield f"a dose of {dose[:12]}", row.encode(), odd.SESSIONS, OUT
    for name, data in odd.UNREADABLE.items():
        yield name, data, odd.SCORES, OUT
    yield from _of_many_kinds()
    if large:
        yield from _large()


def _of_many_kinds() -> Iterator[tuple[str, bytes, str, str]]:
    head, good = odd.HEAD, odd.GOOD
    mixed = f"{head.strip()}\r\n{good.strip()}\r8,x,,5/1/2026,12\n"
    yield "three kinds of line end", mixed.encode(), odd.SCORES, IN
    yield "a wrong patient", f"{head}7,Smith,,6/1/2026,12\n".encode(), odd.SCORES, OUT
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../slip.csv", head + good)
        archive.writestr("bomb.csv", b"\0" * 200 * 2**20)
    yield "a bomb in a zip that climbs", zipped.getvalue(), odd.SCORES, OUT
    yield "a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, odd.SCORES, OUT
    yield "JSON of no form", b'{"resourceType": "Patient", "id": "../x"}', odd.SCORES, OUT
    yield "JSON that breaks off", b'{"resourceType": "QuestionnaireRespon', odd.SCORES, OUT
    yield "brackets in brackets", b"[" * 100_000, odd.SCORES, OUT
    yield "a mark in the middle", f"{head}8,x\ufeffy,,5/1/2026,12\n".encode(), odd.SCORES, IN
    yield "UTF-32", (head + good).encode("utf-32"), odd.SCORES, OUT
    yield "no UTF-8 in one cell", head.encode() + b"8,x\xff,,5/1/2026,12\n", odd.SCORES, IN


def _large() -> Iterator[tuple[str, bytes, str, str]]:
    head = odd.HEAD
    many = (f"L{n},Row{n},,{n % 28 + 1}/1/2026,{n % 28}\n" for n in range(100_000))
    yield "100,000 rows", (head + "".join(many)).encode(), odd.SCORES, IN
    yield "200,001 rows", (head + "8,x,,5/1/2026,1\n" * 200_001).encode(), odd.SCORES, OUT
    cell = f"{head}8,{'x' * 400_000},,5/1/2026,12\n"
    yield "a cell of 400 KB", cell.encode(), odd.SCORES, OUT
    wide = ",".join(f"c{n}" for n in range(1_000_000)) + "\n1\n"
    yield "1,000,000 columns", wide.encode(), odd.SCORES, OUT
    yield "a line of 7 MB", b"x" * 7_000_000, odd.SCORES, OUT
    yield "7 MB of quotation marks", b'"' * 7_000_001, odd.SCORES, OUT
    yield "9 MB", head.encode() + b"8,x,,5/1/2026,12\n" * 530_000, odd.SCORES, OUT


class Clinic:
    """Anna's pages for files, over a clinic that is put back after each."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.client = bench, bench.browser(ANNA).client
        with bench.app.app_context():
            anna = bench.scene.people[ANNA]
            patient_id = patients.a_patient(anna, "7", family_name="Okafor", given_name="")
            db.session.get_one(Patient, patient_id).birth_date = date(1980, 3, 2)
            db.session.commit()
            self.anna = anna
            bench.close()

    def count(self) -> list[int]:
        """Count what a file could store."""
        with self.bench.app.app_context():
            kinds = (Patient, Assessment, TreatmentSession)
            found = [db.session.scalar(select(func.count()).select_from(kind)) for kind in kinds]
            self.bench.close()
        return [one or 0 for one in found]

    def bring(self, data: bytes, mapping: str) -> tuple[list[int], str]:
        """Upload a file, map it and import it; give every status, and where it ended."""
        statuses = []
        page = self.client.get("/imports/")
        token = self._sent(page.text)["csrf_token"][0]
        sent = {"csrf_token": token, "file": (io.BytesIO(data), "../../etc/x.csv")}
        answer = self.client.post("/imports/", data=sent, content_type="multipart/form-data")
        statuses.append(answer.status_code)
        for action in ("check", "apply"):
            if answer.status_code not in {302, 303}:
                return statuses, answer.text
            page = self.client.get("/imports/staged")
            statuses.append(page.status_code)
            form = self._sent(page.text)
            if "mapping" not in form:
                return statuses, page.text
            typed = form | {"mapping": [mapping], "action": [action], "same_person": ["new"]}
            answer = self.client.post("/imports/staged", data=typed)
            statuses.append(answer.status_code)
        return statuses, answer.headers.get("Location", answer.text)

    def _sent(self, text: str) -> dict[str, list[str]]:
        forms = [form for form in Reader(text, "/imports/").forms if "csrf_token" in form.sent]
        found = [form for form in forms if form.has_file or "mapping" in form.sent]
        return (found or forms)[0].sent


def run(bench: Bench, *, large: bool = True, every: int = 1) -> Outcome:
    """Bring in each file twice, or every so many of them, and say what does not hold."""
    outcome, clinic = Outcome(), Clinic(bench)
    bench.keep()
    for name, data, mapping, wanted in islice(corpus(large=large), 0, None, every):
        _one(clinic, outcome, name, data, mapping, wanted)
        bench.restore()
    return outcome


def _one(
    clinic: Clinic, outcome: Outcome, name: str, data: bytes, mapping: str, wanted: str
) -> None:
    outcome.files += 1
    before, peak = clinic.count(), _peak_mib()
    started = time.monotonic()
    statuses, ended = clinic.bring(data, mapping)
    took = time.monotonic() - started
    outcome.slowest = max(outcome.slowest, (took, name))
    outcome.growth_mib = max(outcome.growth_mib, _peak_mib() - peak)
    if any(status >= 500 for status in statuses):
        outcome.faults.append(f"{name}: {statuses}")
    after = clinic.count()
    if (after != before) != (wanted == IN):
        outcome.faults.append(
            f"{name}: {before} -> {after}, but it {wanted}: {statuses} {ended[:90]}"
        )
    if wanted == IN:
        clinic.bring(data, mapping)
        if (again := clinic.count()) != after:
            outcome.faults.append(f"{name}: came in twice, {after} -> {again}")
    if fault := _counts(clinic, outcome, data, mapping):
        outcome.faults.append(f"{name}: {fault}")
    if took > TOO_SLOW_SECONDS:
        outcome.faults.append(f"{name}: took {took:.1f} s")
    if (grown := _peak_mib() - peak) > TOO_MUCH_MIB:
        outcome.faults.append(f"{name}: memory grew by {grown:.0f} MiB")


def _counts(clinic: Clinic, outcome: Outcome, data: bytes, mapping: str) -> str:
    with clinic.bench.app.app_context():
        try:
            plan = import_run.plan(data, mapping=mapping, by=clinic.anna)
        except (UnreadableFileError, MappingError):
            return ""
        finally:
            clinic.bench.close()
    outcome.rows += plan.rows_read
    parts = plan.rows_stored + plan.rows_duplicate + plan.rows_refused + plan.rows_left_out
    return "" if parts == plan.rows_read else f"{plan.rows_read} rows read, {parts} told"


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
