"""Export patients, series, sessions and what belongs to them as CSV."""

import sys
from datetime import datetime
from pathlib import Path

import click

from tracker.cli.instance import instance_option

KINDS = (
    "patients", "series", "sessions", "scores", "answers", "readings", "adverse-events",
    "courses", "safety-checks", "health-lists", "diary",
)  # fmt: skip
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@instance_option
@click.option("--patient", default="", metavar="RECORD-NUMBER", help="One patient only.")
@click.option("--from", "first", type=DAY, help="From this day of the clinic (YYYY-MM-DD).")
@click.option("--to", "last", type=DAY, help="To this day, included (YYYY-MM-DD).")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; without it the rows go to the standard output.",
)
@click.option("--exact", is_flag=True, help="Write texts exactly, unguarded against spreadsheets.")
@click.option("--voided", is_flag=True, help="With sessions that are struck out.")
@click.option("--bom", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
def export(
    kind: str, instance: Path, patient: str, first: datetime | None, last: datetime | None,
    output: Path | None, exact: bool, voided: bool, bom: bool,
) -> None:  # fmt: skip
    """Export patients, series, sessions, scores and what follows from them as CSV.

    The scores carry their answers and can be imported again. `answers` has a row for each question,
    answered or not, for whoever analyses them; `readings` and `adverse-events` have a row for each
    one during a session, as it stands after corrections; `courses` has a row for each scale of each
    course of treatment, from the course's own baseline; `safety-checks` has one for each result.
    These five only go out.

    Columns and codes are described in the guide (/guide/import-and-export). Every export leaves a
    line in the audit trail.
    """
    from tracker.cli.instance import open_instance
    from tracker.services.exports import stream as export_stream

    choice = export_stream.ExportChoice(
        kind, patient, first.date() if first else None, last.date() if last else None,
        safe=not exact, bom=bom, voided=voided,
    )  # fmt: skip
    with open_instance(instance) as by:
        pieces = export_stream.stream(choice, by=by)
        try:
            if output is None:
                for piece in pieces:
                    sys.stdout.buffer.write(piece)
                sys.stdout.flush()
            else:
                with output.open("wb") as file:
                    file.writelines(pieces)
        except BrokenPipeError:
            sys.stderr.close()  # whoever read along has seen enough
        except OSError as error:
            raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
