"""The outcome report as a file: figures only, and none of so few that somebody is told by it."""

from collections.abc import Iterator

from msgspec.structs import asdict

from tracker.domain.access import Actor
from tracker.domain.outcomes import text
from tracker.domain.outcomes.reports import picked_out
from tracker.domain.outcomes.reports import rows as report_rows
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.problems import NotFoundError
from tracker.exchange.csv.writer import write_csv
from tracker.exchange.outcome_report import OUTCOME_REPORT
from tracker.services.outcomes import keeping
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.queries import OutcomeReport
from tracker.services.unit_of_work import audit


def csv(code: str, chosen: Selection = ALL, *, by: Actor) -> Iterator[bytes]:
    """Give the report as CSV, a row for each figure; NotFoundError where nothing is counted."""
    report = outcome_queries.report(code, chosen, by=by, with_places=True)
    basis = keeping.of_clinic(by.clinic_id)
    definitions = {
        name: what
        for name, what, _ in text.definitions(report.definitions, report.scale, basis.rules)
    }
    rows = [
        tuple(row[one] for one in OUTCOME_REPORT.headings) for row in _rows(report, definitions)
    ]
    audit(by, "outcomes.exported", f"outcomes:{code}", detail=f"{len(rows)} figures")
    return write_csv(OUTCOME_REPORT, rows, zone=basis.zone)


def _rows(report: OutcomeReport, definitions: dict[str, str]) -> Iterator[dict[str, object]]:
    if report.figures is None:
        raise NotFoundError
    shared = {
        "definitions_version": report.definitions.version,
        "instrument": report.scale.code,
        "picked_out": picked_out.words(report.chosen, report.scale),
        "as_of": report.today,
    }
    for row in report_rows.rows(report.figures, report.definitions.people_min):
        yield asdict(row) | shared | {"definition": definitions.get(row.definition, "")}
