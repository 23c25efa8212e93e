"""Safety of 100,000 sessions in the last two years, in CPU time and in rows that are read.

Run alone: python -m tests.benchmarks safety
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tests import databases
from tests.benchmarks._figures import Figure
from tests.builders.outcomes import cohort, sittings
from tests.people import gather
from tracker import config, create_app
from tracker.services.outcomes import claims
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes.safety import queries
from tracker.services.outcomes.safety.period import SafetySelection

# A course has 4.7 sessions on average, and every fifth person a second course.
PATIENTS = 17_700
WATCHED = 0.2  # the share of sessions with a log of the chair
REPORT_MAX_S, CLAIMS_MAX_S, CHART_MAX_S = 8.0, 3.0, 2.0
EVER = SafetySelection(since=date(2022, 1, 1), until=date(2026, 6, 30))
ROUNDS = 2


def run() -> Iterator[Figure]:
    """Measure the page, the chart alone, and the claims."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = databases.sqlite_copy(databases.sqlite_template(folder), folder)
        config.make_keys(folder)
        environ = {"TRACKER_DATABASE_URL": url, "TRACKER_SECURE_COOKIES": "no"}
        app = create_app(settings=config.read(folder, environ))
        with app.app_context():
            cast = gather()
            cohort.fill(cast.clinic_id, PATIENTS)
            sittings.fill(cast.clinic_id, watched=WATCHED)
            outcome_commands.count_anew(by=cast.anna)
            anna = cast.anna
            found = queries.report(EVER, by=anna)
            yield Figure("sessions counted", found.figures.sessions, 90_000, at_least=True)
            for what, ask, most in (
                ("safety, CPU s", lambda: queries.report(EVER, by=anna), REPORT_MAX_S),
                ("run chart, CPU s", lambda: _chart(anna), CHART_MAX_S),
                ("claims, CPU s", lambda: claims.report(by=anna), CLAIMS_MAX_S),
            ):
                yield Figure(what, round(min(_cpu(ask) for _ in range(ROUNDS)), 2), most)


def _chart(anna) -> object:
    return queries.chart(EVER, queries.RunMeasure.EFFECTS, by=anna)


def _cpu(ask) -> float:
    began = time.process_time()
    ask()
    return time.process_time() - began
