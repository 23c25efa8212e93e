"""Lists, search and the patient page at 20,000 patients against 1,000, in CPU time.

Both clinics stand in one process and take turns, so that other load hits both alike; the best of
many rounds counts. The services are measured, not the pages: what pages add is the same for any
number of patients and would hide the growth. Run alone: python -m tests.benchmarks patients
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import insert

from tests import databases
from tests.benchmarks._figures import Figure
from tests.people import gather
from tracker import config, create_app
from tracker.domain.access import Actor
from tracker.domain.demo import names as demo_names
from tracker.domain.patients import draft as patient_draft
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.patients import Patient, PatientWord
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, today
from tracker.services.clinic import clinics
from tracker.services.patients import page as patient_page
from tracker.services.patients import search as patient_search
from tracker.services.patients import suggestions

SMALL, LARGE = 1_000, 20_000
SESSIONS, SCORES = 6, 4
GROWTH_MAX_X = 1.3
ROUNDS, CALLS = 25, 8
BATCH = 2_000
SYLLABLES = [consonant + vowel for consonant in "bdfghklmnprstvwz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Clinic:
    """A clinic with many patients. `ids` are in the order of the list."""

    app: Flask
    anna: Actor
    ids: tuple[int, ...]

    def cpu_of(self, ask: Callable[["Clinic", Random], object], seed: int) -> float:
        """Measure the CPU seconds of some calls for drawn patients."""
        random = Random(seed)
        with self.app.app_context():
            began = time.process_time()
            for _ in range(CALLS):
                ask(self, random)
            return time.process_time() - began


def _spread(random: Random, clinic: Clinic) -> int:
    """Draw a patient from anywhere in the list."""
    return clinic.ids[random.randrange(len(clinic.ids) // 10, len(clinic.ids) * 9 // 10)]


def _typed(random: Random, letters: int) -> str:
    """Draw the beginning of a family name."""
    return "".join(random.choice(SYLLABLES) for _ in range(3))[:letters]


ASKED: dict[str, Callable[[Clinic, Random], object]] = {
    "list, first page": lambda c, r: patient_search.listing(by=c.anna),
    "list, somewhere inside": lambda c, r: patient_search.listing(
        by=c.anna, after=str(_spread(r, c))
    ),
    "list, with an active series": lambda c, r: patient_search.listing(by=c.anna, show="active"),
    "list, who needs attention": lambda c, r: patient_search.listing(by=c.anna, show="attention"),
    "list, archived": lambda c, r: patient_search.listing(by=c.anna, show="archived"),
    "search, one letter": lambda c, r: suggestions.suggest("m", by=c.anna),
    "search, the beginning of a name": lambda c, r: suggestions.suggest(_typed(r, 4), by=c.anna),
    "search, two names": lambda c, r: suggestions.suggest(f"mar {_typed(r, 5)}", by=c.anna),
    "search, a record number": lambda c, r: suggestions.suggest("R-00500", by=c.anna),
    "search, a birth date": lambda c, r: suggestions.suggest("1980-02-03", by=c.anna),
    "whom one looked at last": lambda c, r: suggestions.recent(by=c.anna),
    "search, nobody": lambda c, r: suggestions.suggest("qqq", by=c.anna),
    "found people with their scores": lambda c, r: patient_search.listing(by=c.anna, query="m"),
    "patient page": lambda c, r: patient_page.show(_spread(r, c), by=c.anna),
    "today": lambda c, r: today.show(by=c.anna),
}


def run() -> Iterator[Figure]:
    """Measure every growth."""
    with tempfile.TemporaryDirectory() as name:
        small, large = (_found(Path(name) / str(count), count) for count in (SMALL, LARGE))
        for what, ask in ASKED.items():
            growth = round(_growth(small, large, ask), 2)
            yield Figure(f"{what}, {LARGE:,} : {SMALL:,}", growth, GROWTH_MAX_X)


def _growth(small: Clinic, large: Clinic, ask: Callable[[Clinic, Random], object]) -> float:
    for clinic in (small, large):
        clinic.cpu_of(ask, seed=-1)
    taken = [(small.cpu_of(ask, seed), large.cpu_of(ask, seed)) for seed in range(ROUNDS)]
    return min(pair[1] for pair in taken) / min(pair[0] for pair in taken)


def _found(folder: Path, count: int) -> Clinic:
    folder.mkdir()
    url = databases.sqlite_copy(databases.sqlite_template(folder), folder)
    config.make_keys(folder)
    environ = {"TRACKER_DATABASE_URL": url, "TRACKER_SECURE_COOKIES": "no"}
    app = create_app(settings=config.read(folder, environ))
    with app.app_context():
        cast = gather()
        for start in range(0, count, BATCH):
            _fill(cast.clinic_id, range(start, min(start + BATCH, count)))
        with _plain() as connection:
            connection.exec_driver_sql("ANALYZE")
            order = "SELECT id FROM patient ORDER BY name_key, id"
            ids = tuple(row[0] for row in connection.exec_driver_sql(order))
    return Clinic(app, cast.anna, ids)


@contextmanager
def _plain() -> Iterator[object]:
    with db.engine.begin() as connection:
        yield connection


def _fill(clinic_id: int, numbers: range) -> None:
    """Store patients with a series, sessions and scores each; a twentieth is still in treatment."""
    random = Random(numbers.start)
    rows: dict[type, list[dict[str, object]]] = {
        kind: [] for kind in (Patient, PatientWord, Series, TreatmentSession, Assessment)
    }
    day = clock.today(clinics.view(clinic_id).zone)
    for number in numbers:
        _invent(rows, random, clinic_id, number + 1, day)
    with _plain() as connection:
        for kind, values in rows.items():
            connection.execute(insert(kind), values)


def _invent(rows, random, clinic_id, number, day) -> None:
    given = random.choice(demo_names.GIVEN_NAMES)
    # Families are as many as in life: with twenty names a search would find a twentieth of all.
    family = "".join(random.choice(SYLLABLES) for _ in range(3)).title()
    record_number, running = f"R-{number:05}", number % 20 == 0
    born = date(1940, 1, 1) + timedelta(days=random.randrange(25_000))
    started_at = datetime(2024, 1, 1, 15, tzinfo=UTC) + timedelta(days=random.randrange(700))
    rows[Patient].append(
        {
            "id": number, "clinic_id": clinic_id, "record_number": record_number,
            "given_name": given, "family_name": family, "sex": "female", "indications": [],
            "birth_date": born, "name_key": patient_draft.name_key(given, family, record_number),
            "archived_at": started_at if number % 7 == 0 else None, "created_at": started_at,
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
            "template": "six-in-three-weeks", "starts_on": started_at.date(),
            "state": "active" if running else "completed", "created_at": started_at,
        }
    )  # fmt: skip
    _invent_course(rows, random, clinic_id, number, started_at)
    # As many come today in a large clinic as in a small one: its chairs are no more.
    if number <= 12:
        rows[TreatmentSession][-1] |= {"state": "planned", "planned_on": day, "started_at": None}


def _invent_course(rows, random, clinic_id, number, started_at) -> None:
    whose = {"clinic_id": clinic_id, "patient_id": number, "series_id": number}
    for index in range(SESSIONS):
        at = started_at + timedelta(days=3 * index)
        rows[TreatmentSession].append(
            whose
            | {
                "number": index + 1, "state": "completed", "planned_on": at.date(),
                "started_at": at, "drug": "ketamine", "route": "iv", "dose_mg": 35,
                "mood_before": random.randrange(5), "mood_after": random.randrange(5, 10),
            }
        )  # fmt: skip
    for index in range(SCORES):
        at = started_at + timedelta(days=5 * index)
        rows[Assessment].append(
            whose
            | {
                "instrument": "phq9", "instrument_version": "1", "total": random.randrange(27),
                "taken_at": at, "occasion": "weekly", "recorded_at": at, "recorded_by": "Anna",
            }
        )  # fmt: skip
