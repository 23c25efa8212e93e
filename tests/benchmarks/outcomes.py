"""Outcomes of 100,000 courses against 1,000, and against window functions, in CPU time.

The figures of all courses come from sums, those of a selection from one row a course, and both are
held to the same figures by window functions over the raw scores. Run alone:
python -m tests.benchmarks outcomes
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from tests import databases
from tests.benchmarks._figures import Figure
from tests.builders.outcomes import cohort
from tests.people import gather
from tracker import config, create_app
from tracker.domain.access import Actor
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import queries as outcome_queries

# Every person has a course, and every fifth a second one.
SMALL, LARGE = 834, 83_400
GROWTH_MAX_X = 1.5
DEFAULT_MIN_X, SELECTION_MIN_X = 1_000, 25
CLOSE = 1e-9
ROUNDS, CALLS = 9, 5
WHOLE = Selection(whole_induction=True)


@dataclass(frozen=True)
class Clinic:
    """A clinic with many courses."""

    app: Flask
    anna: Actor
    clinic_id: int

    def cpu_of(self, ask: Callable[["Clinic"], object], calls: int) -> float:
        """Measure the CPU seconds of a call."""
        with self.app.app_context():
            began = time.process_time()
            for _ in range(calls):
                ask(self)
            return (time.process_time() - began) / calls


def shown(clinic: Clinic, selection: Selection = ALL) -> outcome_queries.OutcomeReport:
    """Work out what the page shows."""
    return outcome_queries.report("phq9", selection, by=clinic.anna)


def run() -> Iterator[Figure]:
    """Measure growth, and how much is saved."""
    with tempfile.TemporaryDirectory() as name:
        small, large = (_found(Path(name) / str(count), count) for count in (SMALL, LARGE))
        for clinic in (small, large):
            clinic.cpu_of(shown, CALLS)
        taken = [(small.cpu_of(shown, CALLS), large.cpu_of(shown, CALLS)) for _ in range(ROUNDS)]
        at_small, at_large = (min(one[place] for one in taken) for place in (0, 1))
        growth = at_large / at_small
        yield Figure("all courses, 100,000 : 1,000", round(growth, 2), GROWTH_MAX_X)
        by_windows, picked = (
            min(large.cpu_of(ask, 1) for _ in range(3))
            for ask in (lambda one: cohort.by_windows(one.clinic_id), lambda one: shown(one, WHOLE))
        )
        for what, cpu, least in (
            ("all courses: times less than window functions", at_large, DEFAULT_MIN_X),
            ("a selection: times less than window functions", picked, SELECTION_MIN_X),
        ):
            yield Figure(what, round(by_windows / cpu, 1), least, at_least=True)
        yield Figure("largest difference from window functions", _difference(large), CLOSE)


def _difference(clinic: Clinic) -> float:
    with clinic.app.app_context():
        plain, found = cohort.by_windows(clinic.clinic_id), shown(clinic).figures
    flow = found.flow
    assert found.entered_pair is not None
    pairs = (
        (plain["treated"], flow.treated), (plain["entered"], flow.entered),
        (plain["observed"], flow.observed), (plain["response"], flow.response),
        (plain["remission"], flow.remission), (plain["worse"], found.worse.count),
        (plain["change"], found.entered_pair.change),
    )  # fmt: skip
    return max(abs(theirs - ours) for theirs, ours in pairs)


def _found(folder: Path, patients: int) -> Clinic:
    folder.mkdir()
    url = databases.sqlite_copy(databases.sqlite_template(folder), folder)
    config.make_keys(folder)
    environ = {"TRACKER_DATABASE_URL": url, "TRACKER_SECURE_COOKIES": "no"}
    app = create_app(settings=config.read(folder, environ))
    with app.app_context():
        cast = gather()
        cohort.fill(cast.clinic_id, patients)
        outcome_commands.count_anew(by=cast.anna)
    return Clinic(app, cast.anna, cast.clinic_id)
