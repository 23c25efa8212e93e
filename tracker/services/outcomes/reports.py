"""The outcome report as a file: figures only, and none of so few that somebody is told by it."""

from collections.abc import Iterator
from hashlib import sha256

from msgspec.structs import asdict

from tracker.domain.access import Actor
from tracker.domain.formatting import full_day
from tracker.domain.outcomes import comparators, text
from tracker.domain.outcomes.comparators import NO_EFFECT, Comparator
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.reports import picked_out
from tracker.domain.outcomes.reports import rows as report_rows
from tracker.domain.outcomes.reports import text as report_text
from tracker.domain.outcomes.reports.rows import ReportRow
from tracker.domain.outcomes.reports.withholding import withhold
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.problems import NotFoundError
from tracker.exchange.csv.writer import write_csv
from tracker.exchange.outcome_report import OUTCOME_REPORT
from tracker.exchange.pdf import outcomes as outcomes_pdf
from tracker.exchange.pdf.outcomes import OutcomePaper, PaperPicture, Part, PdfLine
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.outcomes import keeping, pictures
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.queries import OutcomeReport
from tracker.services.progress.drawing import Picture
from tracker.services.unit_of_work import audit

_RATES = "rates"  # the one picture that leaves: it tells nothing that the results do not


def csv(code: str, chosen: Selection = ALL, *, by: Actor) -> Iterator[bytes]:
    """Give the report as CSV, a row for each figure; NotFoundError where nothing is counted."""
    report, figures = _find(code, chosen, by=by)
    used, basis = report.definitions, keeping.of_clinic(by.clinic_id)
    definitions = {
        name: what for name, what, _ in text.definitions(used, report.scale, basis.rules)
    }
    shared = {
        "definitions_version": used.version,
        "instrument": report.scale.code,
        "picked_out": picked_out.words(report.chosen, report.scale),
        "as_of": report.today,
    }
    found = report_rows.rows(figures, used.people_min)
    rows = []
    for row in withhold(found, figures, used.small_cell_min):
        values = asdict(row) | shared | {"definition": definitions.get(row.definition, "")}
        rows.append(tuple(values[one] for one in OUTCOME_REPORT.headings))
    audit(by, "outcomes.exported", f"outcomes:{code}", detail=f"{len(rows)} figures as CSV")
    return write_csv(OUTCOME_REPORT, rows, zone=basis.zone)


def pdf(code: str, chosen: Selection = ALL, *, by: Actor) -> bytes:
    """Write the report as PDF; NotFoundError where nothing is counted."""
    report, figures = _find(code, chosen, by=by)
    basis, view = keeping.of_clinic(by.clinic_id), clinics.view(by.clinic_id)
    used = report.definitions
    found: list[Part] = []
    for heading, some in report_rows.parts(figures, used.people_min):
        rows = list(withhold(some, figures, used.small_cell_min))
        drawn = _draw(report, rows, by) if heading == "Results" else ()
        found.append(Part(heading=heading, lines=[_line(row) for row in rows], pictures=drawn))
    cut = used.cut(report.scale)
    published = comparators.beside(report.scale.code, cut.at_most if cut else None)
    others = [_line_of_series(one) for one in published]
    if others:
        found.append(Part(heading="Published series", lines=others, sentences=(NO_EFFECT,)))
    told = text.definitions(used, report.scale, basis.rules)
    found.append(
        Part(
            heading=f"Definitions, version {used.version}",
            lines=[PdfLine(name, what, source) for name, what, source in told],
        )
    )
    audit(by, "outcomes.exported", f"outcomes:{code}", detail="PDF")
    return outcomes_pdf.write(
        OutcomePaper(
            clinic=view.name, about=_about(report), parts=found,
            made_at=clock.now().astimezone(view.zone),
        )
    )  # fmt: skip


def _find(code: str, chosen: Selection, *, by: Actor) -> tuple[OutcomeReport, OutcomeFigures]:
    report = outcome_queries.report(code, chosen, by=by, with_places=True)
    if report.figures is None:
        raise NotFoundError
    return report, report.figures


def _about(report: OutcomeReport) -> list[str]:
    used = report.definitions
    return [
        f"{report.scale.title}, as of {full_day(report.today)}. Definitions of version "
        f"{used.version}, at the end.",
        f"Courses: {picked_out.words(report.chosen, report.scale)}. A person with two courses "
        "counts twice, each time from their own baseline.",
        f"Intervals are of 95 %. No percentage of fewer than {used.people_min}; what would tell a "
        f"count of fewer than {used.small_cell_min} is withheld. {NO_EFFECT}",
    ]


def _line(row: ReportRow) -> PdfLine:
    return PdfLine(report_text.label(row), report_text.value(row), row.of_whom)


def _line_of_series(one: Comparator) -> PdfLine:
    told = [
        f"{name} {share} %"
        for name, share in (("response", one.response), ("remission", one.remission))
        if share is not None
    ]
    n = f", n = {one.observed}" if one.observed else ""
    return PdfLine(one.study, f"{', '.join(told)}{n}", f"{one.design}. {one.when}. {one.source}")


def _draw(report: OutcomeReport, rows: list[ReportRow], by: Actor) -> tuple[PaperPicture, ...]:
    """Draw the results, where none of them is withheld."""
    if any(row.n is None for row in rows if row.figure in ("Response", "Remission")):
        return ()
    prepared = next(one for one in pictures.of_report(report) if one.name == _RATES)
    if prepared.missing:
        return ()
    tag = f"outcome-report-{sha256(repr(prepared).encode()).hexdigest()}"
    content = Picture(tag, "png", "desktop", "light", lambda: prepared).content()
    return (PaperPicture(content, prepared.sentence),)
