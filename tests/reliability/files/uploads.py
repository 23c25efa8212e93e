"""Bring each odd file in by the pages: whole or not at all, once, and undone again."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy import select

from tests.builders import patients
from tests.people import ANNA
from tests.reliability.bad_input.bench import Bench
from tests.reliability.bad_input.fields import Reader
from tests.reliability.files.corpus import IN, OUT, OddFile, corpus
from tests.reliability.files.memory import Watch
from tests.services.imports.undo import content
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.mapping.model import MappingError
from tracker.models import db
from tracker.models.imports import FileImport
from tracker.models.patients import Patient
from tracker.services.imports import run as import_run
from tracker.services.imports.undo import queries

TOO_SLOW_SECONDS, TOO_MUCH_MIB = 10, 200
LARGE_SECONDS = 60  # for 100,000 rows that are looked at, stored, looked at again and undone
LARGE = {"100,000 rows"}


@dataclass
class Line:
    """What became of one file."""

    name: str
    became: str
    rows: int = 0
    stored: int = 0
    duplicate: int = 0
    refused: int = 0
    seconds: float = 0.0
    grown_mib: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Say it in a line."""
        counts = "not read"
        if self.rows:
            counts = f"{self.rows} read again: {self.stored} to store, "
            counts += f"{self.duplicate} there, {self.refused} refused"
        measured = f"{self.seconds:5.1f} s {self.grown_mib:5.0f} MiB"
        return f"{self.name[:44]:44} {self.became:9} {measured}  {counts}"


@dataclass
class Outcome:
    """What came of all of them."""

    lines: list[Line] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Say what does not hold, with the file."""
        return [f"{one.name}: {fault}" for one in self.lines for fault in one.faults]

    @property
    def words(self) -> str:
        """Say it in a line."""
        usual = [one for one in self.lines if one.name not in LARGE]
        slowest = max(usual, key=lambda one: one.seconds)
        whole = sum(one.became == IN for one in self.lines)
        return (
            f"{len(self.lines)} files, {whole} came in whole, "
            f"{sum(one.rows for one in self.lines)} rows, slowest {slowest.seconds:.1f} s "
            f"({slowest.name}), memory grew by {max(one.grown_mib for one in usual):.0f} MiB at "
            f"most, {len(self.faults)} faults"
        )


class Clinic:
    """Anna's pages for files, over a clinic that is put back after each."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.client = bench, bench.browser(ANNA).client
        with bench.app.app_context():
            self.anna = bench.scene.people[ANNA]
            patient_id = patients.a_patient(self.anna, "7", family_name="Okafor", given_name="")
            db.session.get_one(Patient, patient_id).birth_date = date(1980, 3, 2)
            db.session.commit()
            bench.close()

    def content(self) -> dict[str, list[str]]:
        """Give everything that the clinic holds."""
        with self.bench.app.app_context():
            found = content.database()
            self.bench.close()
        return found

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

    def undo_all(self) -> str:
        """Undo every import, the newest first; say what kept it, or nothing."""
        with self.bench.app.app_context():
            lines = queries.listing(by=self.anna)
            self.bench.close()
        for line in lines:
            if line.rows_stored == 0 or line.undone_at is not None:
                continue
            path = f"/imports/{line.id}/undo"
            form = self._undo_form(self.client.get(path).text)
            answer = self.client.post(path, data=form | {"reason": ["The wrong file"]})
            if answer.status_code != 303 or not answer.headers["Location"].endswith(str(line.id)):
                return f"undo answered {answer.status_code}"
        return ""

    def last(self) -> FileImport | None:
        """Find the newest import."""
        return db.session.scalar(
            select(FileImport).order_by(FileImport.imported_at.desc()).limit(1)
        )

    def _sent(self, text: str) -> dict[str, list[str]]:
        forms = [form for form in Reader(text, "/imports/").forms if "csrf_token" in form.sent]
        found = [form for form in forms if form.has_file or "mapping" in form.sent]
        return (found or forms)[0].sent

    def _undo_form(self, text: str) -> dict[str, list[str]]:
        forms = [form for form in Reader(text, "/imports/").forms if "reason" in form.sent]
        return forms[0].sent if forms else {}


def run(
    bench: Bench,
    *,
    large: bool = True,
    every: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Bring in each file twice, or every so many of them, and say what does not hold."""
    outcome, clinic = Outcome(), Clinic(bench)
    bench.keep()
    before = clinic.content()
    for one in islice(corpus(large=large), 0, None, every):
        line = _bring(clinic, one, before)
        outcome.lines.append(line)
        tell(line.words)
        bench.restore()
    return outcome


def _bring(clinic: Clinic, one: OddFile, before: dict[str, list[str]]) -> Line:
    data = one.make()
    watch, started = Watch(), time.monotonic()
    statuses, ended = clinic.bring(data, one.mapping)
    line = Line(one.name, "", seconds=time.monotonic() - started, grown_mib=watch.end())
    after = clinic.content()
    line.became = IN if after != before else OUT
    if any(status >= 500 for status in statuses):
        line.faults.append(str(statuses))
    if line.became != one.wanted:
        line.faults.append(f"{line.became}, but it {one.wanted}: {statuses} {ended[:90]}")
    if one.wanted == IN and one.name not in LARGE:
        clinic.bring(data, one.mapping)
        if clinic.content() != after:
            line.faults.append("came in twice")
    _count(clinic, one, data, line)
    if line.became == IN:
        _undo(clinic, line, before)
    _measure(line)
    return line


def _undo(clinic: Clinic, line: Line, before: dict[str, list[str]]) -> None:
    if kept := clinic.undo_all():
        line.faults.append(kept)
    elif clinic.content() != before:
        line.faults.append("undone, but something of it is left")


def _measure(line: Line) -> None:
    if line.seconds > (LARGE_SECONDS if line.name in LARGE else TOO_SLOW_SECONDS):
        line.faults.append(f"took {line.seconds:.1f} s")
    if line.grown_mib > TOO_MUCH_MIB:
        line.faults.append(f"memory grew by {line.grown_mib:.0f} MiB")


def _count(clinic: Clinic, one: OddFile, data: bytes, line: Line) -> None:
    with clinic.bench.app.app_context():
        try:
            plan = import_run.plan(data, mapping=one.mapping, by=clinic.anna)
        except (UnreadableFileError, MappingError) as error:
            if len(str(error)) < 15:
                line.faults.append(f"refused without words: {error}")
            return
        finally:
            clinic.bench.close()
    line.rows, line.refused, line.duplicate = plan.rows_read, plan.rows_refused, plan.rows_duplicate
    line.stored = plan.rows_stored
    parts = plan.rows_stored + plan.rows_duplicate + plan.rows_refused + plan.rows_left_out
    if parts != plan.rows_read:
        line.faults.append(f"{plan.rows_read} rows read, {parts} told")
    if line.became == IN and not plan.questions and plan.rows_duplicate != plan.rows_read:
        line.faults.append(f"{plan.rows_read} rows read again, {plan.rows_duplicate} known")
    if line.became != IN and plan.rows_refused != len({one.row for one in plan.problems}):
        line.faults.append(f"{plan.rows_refused} rows refused, not each by its line")
