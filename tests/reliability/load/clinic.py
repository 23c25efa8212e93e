"""A clinic of ten thousand patients, served as clinics serve it, with everybody signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import insert, text

from tests import databases
from tests.benchmarks import _chair_servers as servers
from tests.benchmarks.patients import SYLLABLES
from tests.browsing import Browser
from tests.people import PASSWORD, gather
from tracker import config, create_app
from tracker.domain.access import Role
from tracker.domain.demo import names as demo_names
from tracker.domain.patients import draft as patient_draft
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.patients import Patient, PatientWord
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.people import accounts

BATCH = 500
KINDS = (Patient, PatientWord, Series, TreatmentSession, CheckIn, Assessment)


@dataclass(frozen=True)
class Size:
    """How much there is: of each patient so many sessions, check-ins and scores."""

    patients: int = 10_000
    sessions: int = 10
    check_ins: int = 100
    scores: int = 12
    staff: int = 50
    signed_in: int = 200


@dataclass(frozen=True)
class Clinic:
    """A clinic that is served, and the cookies of its people."""

    url: str
    port: int
    process_id: int
    database_url: str
    environ: dict[str, str]
    instance: Path
    records: int
    staff: tuple[str, ...]
    patients: tuple[str, ...]


@contextmanager
def served(kind: str, folder: Path, size: Size) -> Iterator[Clinic]:
    """Fill a clinic in a folder and serve it: `sqlite` by waitress, `postgresql` by gunicorn."""
    if kind == "sqlite":
        with _served("waitress", folder, databases.SqliteTemplates(folder), size) as clinic:
            yield clinic
        return
    with databases.postgresql_server(folder, durable=True) as url:
        templates = databases.PostgresqlTemplates(folder, url)
        with _served("gunicorn", folder, templates, size) as clinic:
            yield clinic


@contextmanager
def _served(
    server: str, folder: Path, templates: databases.Templates, size: Size
) -> Iterator[Clinic]:
    instance = folder / "instance"
    instance.mkdir()
    (instance / config.KEYS_FILE).write_bytes(templates.keys.read_bytes())
    (instance / config.KEYS_FILE).chmod(0o600)
    url = templates.copy(instance, peopled=False)
    environ = databases.ENVIRON | {"TRACKER_DATABASE_URL": url}
    app = create_app(settings=config.read(instance, environ))
    staff, people = fill(app, size)
    port, log = servers._free_port(), folder / "serve.log"
    process = servers._start(server, instance, port, environ, log)
    try:
        servers._wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
        told = (f"http://127.0.0.1:{port}", port, process.pid, url, environ, instance)
        yield Clinic(*told, size.patients, staff=staff, patients=people)
    finally:
        process.terminate()
        process.wait(60)


def fill(app: Flask, size: Size) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Store everybody and everything; give the cookies of staff and of patients."""
    with app.app_context():
        cast = gather()
        with db.engine.begin() as connection:
            for start in range(0, size.patients, BATCH):
                rows = _rows(cast.clinic_id, range(start, min(start + BATCH, size.patients)), size)
                for kind, values in rows.items():
                    connection.execute(insert(kind), values)
            connection.execute(text("ANALYZE"))
        emails = list(_enrol(cast.console, size))
        db.session.remove()
    cookies = [_cookie(app, email) for email in emails]
    with app.app_context():
        db.engine.dispose()
    return tuple(cookies[: size.staff]), tuple(cookies[size.staff :])


def _enrol(console, size: Size) -> Iterator[str]:
    for number in range(size.staff):
        email = f"staff{number}@example.org"
        accounts.enrol(
            name=f"Clinician {number}", email=email, roles=[Role.CLINICIAN], password=PASSWORD,
            by=console,
        )  # fmt: skip
        yield email
    for number in range(size.signed_in):
        email = f"patient{number}@example.org"
        accounts.enrol(
            name=f"Patient {number}", email=email, roles=[Role.PATIENT], password=PASSWORD,
            patient_id=number + 1, by=console,
        )  # fmt: skip
        yield email


def _cookie(app: Flask, email: str) -> str:
    client = Browser(app)(email).client
    client.get("/account/")
    cookie = client.get_cookie("tracker")
    assert cookie is not None
    return f"tracker={cookie.value}"


def _rows(clinic_id: int, numbers: range, size: Size) -> dict[type, list[dict[str, object]]]:
    rows: dict[type, list[dict[str, object]]] = {kind: [] for kind in KINDS}
    random, today = Random(numbers.start), clock.now()
    for index in numbers:
        _patient(rows, random, clinic_id, index + 1, today, size)
    return rows


def _patient(rows, random, clinic_id, number, today, size) -> None:
    given = random.choice(demo_names.GIVEN_NAMES)
    family = "".join(random.choice(SYLLABLES) for _ in range(3)).title()
    record_number = f"R-{number:05}"
    born = date(1940, 1, 1) + timedelta(days=random.randrange(25_000))
    # Those with an account are in treatment; of the others a tenth.
    running = number <= size.signed_in or number % 10 == 0
    ago = random.randrange(20, 40) if running else random.randrange(60, 1_500)
    begun = (today - timedelta(days=ago)).replace(hour=15, minute=0, second=0, microsecond=0)
    rows[Patient].append(
        {
            "id": number, "clinic_id": clinic_id, "record_number": record_number,
            "given_name": given, "family_name": family, "sex": "female", "indications": [],
            "birth_date": born, "name_key": patient_draft.name_key(given, family, record_number),
            "created_at": begun,
        }
    )  # fmt: skip
    rows[PatientWord] += [
        {"clinic_id": clinic_id, "patient_id": number, "word": word}
        for word in patient_draft.search_words(given, family, record_number, born=born)
    ]
    rows[Series].append(
        {
            "id": number, "clinic_id": clinic_id, "patient_id": number, "number": 1,
            "indication": "depression", "drug": "ketamine", "route": "iv", "phase": "induction",
            "template": "custom", "starts_on": begun.date(), "planned_dose_mg": 36,
            "state": "active" if running else "completed", "created_at": begun,
        }
    )  # fmt: skip
    _course(rows, random, clinic_id, number, begun, today, size)


def _course(rows, random, clinic_id, number, begun, today, size) -> None:
    whose = {"clinic_id": clinic_id, "patient_id": number, "series_id": number}
    for index in range(size.sessions):
        at = begun + timedelta(days=3 * index)
        held = {"state": "completed", "started_at": at, "dose_mg": 36, "weight_kg": 73}
        later = {"state": "planned", "started_at": None, "dose_mg": None, "weight_kg": None}
        rows[TreatmentSession].append(
            whose | (held if at < today else later) | {
                "number": index + 1, "planned_on": at.date(), "drug": "ketamine", "route": "iv",
                "mood_before": random.randrange(5) if at < today else None,
                "mood_after": random.randrange(5, 10) if at < today else None,
            }
        )  # fmt: skip
    for index in range(size.check_ins):
        opens = begun + timedelta(days=index * 3 // 10, hours=index % 10)
        is_open = index == size.check_ins - 1 and number <= size.signed_in
        if is_open:
            opens = today - timedelta(days=1)
        rows[CheckIn].append(
            whose | {
                "session_id": None, "line": f"line-{index}", "occasion": "weekly",
                "instruments": ["phq9"], "opens_at": opens, "due_at": opens + timedelta(days=3),
                "closes_at": opens + timedelta(days=7), "made_at": begun, "made_by": "Anna",
                "state": "open" if is_open else "done",
                "finished_at": None if is_open else opens + timedelta(hours=5),
            }
        )  # fmt: skip
    for index in range(size.scores):
        at = begun + timedelta(days=2 * index)
        if at < today:
            rows[Assessment].append(
                whose | {
                    "instrument": "phq9", "instrument_version": "1", "total": random.randrange(27),
                    "taken_at": at, "occasion": "weekly", "recorded_at": at, "recorded_by": "Anna",
                }
            )  # fmt: skip
