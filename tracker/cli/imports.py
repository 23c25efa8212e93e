"""Import patients, series, sessions or scores from a file."""

import csv
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import undo
from tracker.cli.instance import instance_option
from tracker.domain.clinic.dose_slips import DoseAnswer
from tracker.domain.patients.same_person import SamePersonAnswer
from tracker.domain.scores.same_day import SameDayAnswer
from tracker.exchange.csv import encodings
from tracker.exchange.mapping import model as mapping_model
from tracker.services.imports import plan as import_plan

if TYPE_CHECKING:
    from tracker.domain.access import Actor
    from tracker.services.imports.plan import ImportPlan

SHOWN_MAX = 200
QUIET_S = 2.0  # work that takes less needs no bar


class _FileOrVerb(click.Group):
    """A group whose first word is a verb of its own, or else the file to import."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take a file, or an option of its import, for the command that imports it."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_FILE, *args]
        return super().parse_args(ctx, args)


_FILE = "file"


@click.group(name="import", cls=_FileOrVerb, invoke_without_command=True)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Take a file, list what was imported, or undo it.

    \b
      tracker import list                what was imported
      tracker import undo ID             take all of an import back
      tracker import file --help         every option of an import

    A file that is called like one of the commands: tracker import ./list
    """  # noqa: D301 - click wants the backspace itself
    if ctx.invoked_subcommand is None:
        raise click.UsageError("Missing argument 'FILE'.", ctx)


@group.command(name=_FILE)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@instance_option
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns of the file mean (TOML).",
)
@click.option(
    "--patient",
    default="",
    metavar="RECORD-NUMBER",
    help="Whose all of the file is, where it does not say so itself.",
)
@click.option(
    "--raise-alerts",
    is_flag=True,
    help="Raise the alerts that the scores of the last 30 days call for.",
)
@click.option(
    "--same-day",
    type=click.Choice([answer.value for answer in SameDayAnswer]),
    help="What becomes of scores whose day has one of their scale: asked where there are any.",
)
@click.option(
    "--same-person",
    type=click.Choice([answer.value for answer in SamePersonAnswer]),
    help="Who people are that may be here already: asked where there are any.",
)
@click.option(
    "--doses",
    type=click.Choice([answer.value for answer in DoseAnswer]),
    help="What becomes of doses that look like a slip of unit or point: asked where there are any.",
)
@click.option("--dry-run", is_flag=True, help="Check everything and store nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every problem and remark into this CSV file.",
)
def import_file(
    file: Path,
    instance: Path,
    mapping: Path | None,
    patient: str,
    raise_alerts: bool,
    same_day: str | None,
    same_person: str | None,
    doses: str | None,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Import patients, series, sessions or scores from a file.

    The tracker's own exports are imported as they are: patients first, then series, sessions,
    scores. Importing the same file again adds nothing.

    Any other file needs a mapping, which says what its columns mean. Without one, the mapping that
    the tracker guesses is printed, with its reasons and what it could not find out.

    \b
      tracker import scores.csv > scores.toml     (then edit scores.toml)
      tracker import scores.csv --mapping scores.toml --dry-run
      tracker import scores.csv --mapping scores.toml

    Answers to single questions are added up here; the total that a file states is kept beside, and
    every disagreement is listed. One FHIR form: tracker import response.json --patient P-0012

    A mapping may also name one of our own tables, for an export that was made with --exact:
    table = "sessions", and under [file] formula_guard = false.

    All of a file is stored, or nothing. Exit status: 1 when there are problems, else 0.
    """  # noqa: D301 - click wants the backspace itself
    from tracker.cli.instance import open_instance

    data, text = _read(file, mapping)
    with open_instance(instance) as by, _plain_refusals():
        if text is None and _print_guess(data, patient, by):
            return
        planned = _plan(
            data, text or "", patient, _answers(same_day, same_person, doses), report, by
        )
        _apply(planned, raise_alerts, dry_run, by)


def _read(file: Path, mapping: Path | None) -> tuple[bytes, str | None]:
    try:
        data = file.read_bytes()
        text = mapping.read_text(encoding="utf-8") if mapping else None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"A file cannot be read: {error}") from error
    if text is not None and not text.strip():
        raise click.ClickException(f"{mapping} is empty. Make one: tracker import {file}")
    return data, text


@contextmanager
def _plain_refusals() -> Iterator[None]:

    try:
        yield
    except encodings.UnreadableFileError as error:
        raise click.ClickException(str(error)) from error
    except mapping_model.MappingError as error:
        lines = "\n".join(f"  {p.field}: {p.message}" for p in error.problems)
        raise click.ClickException(f"The mapping cannot be used yet:\n{lines}") from error
    except import_plan.OutdatedPlanError as error:
        raise click.ClickException(
            "The clinic's records changed meanwhile. Nothing was stored: run the import again."
        ) from error


def _answers(
    same_day: str | None, same_person: str | None, doses: str | None
) -> "import_plan.ImportAnswers":
    return import_plan.ImportAnswers(
        same_day=SameDayAnswer(same_day) if same_day else None,
        same_person=SamePersonAnswer(same_person) if same_person else None,
        doses=DoseAnswer(doses) if doses else None,
    )


def _plan(
    data: bytes,
    mapping: str,
    patient: str,
    answers: "import_plan.ImportAnswers",
    report: Path | None,
    by: "Actor",
) -> "ImportPlan":
    from tracker.services.imports import run as import_run

    planned = import_run.plan(
        data,
        mapping=mapping,
        patient=patient,
        answers=answers,
        by=by,
        progress=_bar(data),
    )
    _tell(planned, report)
    if planned.problems:
        raise click.ClickException("Nothing was stored. Correct the problems above, then retry.")
    if planned.asked_people:
        raise click.ClickException(
            "Nothing was stored. Say who the people asked about above are: --same-person same "
            "takes the records that are here, --same-person new enters them as others, "
            "--same-person leave-out takes none of their rows."
        )
    if planned.asked:
        raise click.ClickException(
            "Nothing was stored. Say what becomes of the scores asked about above: --same-day both "
            "records them too, --same-day leave-out takes none of them. Where one corrects a score "
            "that is there, void that one first."
        )
    if planned.asked_doses:
        raise click.ClickException(
            "Nothing was stored. Say what becomes of the doses asked about above: --doses keep "
            "takes them as they stand, --doses leave-out takes none of their rows."
        )
    return planned


def _apply(planned: "ImportPlan", raise_alerts: bool, dry_run: bool, by: "Actor") -> None:
    from tracker.services.imports import run as import_run

    if planned.scores_recent and not raise_alerts:
        click.echo(
            f"Scores of the last 30 days: {planned.scores_recent}. They raise alerts only with "
            "--raise-alerts."
        )
    if dry_run:
        click.echo(f"Would be stored: {import_plan.in_words(planned.counts)}. (--dry-run)")
        return
    result = import_run.apply(planned, by=by, raise_alerts=raise_alerts)
    raised = f" Alerts raised: {result.alerts_raised}." if raise_alerts else ""
    click.echo(f"Stored: {import_plan.in_words(result.counts)}.{raised} (import {result.id})")


def _print_guess(data: bytes, patient: str, by: "Actor") -> bool:
    """Print the mapping of a file that is not ours, and say so; False where none is needed."""
    from tracker.services.imports import run as import_run

    guessed = import_run.outline(data, by=by)
    if guessed.mapping.table and not guessed.open_questions:
        return False
    if guessed.is_form and patient:
        return False
    click.echo(guessed.to_toml(), nl=False)
    questions = len(guessed.open_questions)
    click.echo(
        "Nothing was imported. Above is the mapping that was guessed: "
        f"{questions} open question{'' if questions == 1 else 's'}, "
        f"{len(guessed.unused)} columns not used. Save it, edit it, and give it with --mapping.",
        err=True,
    )
    return True


def _tell(planned: "ImportPlan", report: Path | None) -> None:
    click.echo(
        f"{planned.rows_read} rows read: {planned.rows_stored} to store, "
        f"{planned.rows_duplicate} add nothing new, {planned.rows_refused} refused"
        f"{f', {planned.rows_left_out} left out' if planned.rows_left_out else ''}. "
        f"Patients: {planned.patients_new} new, {planned.patients_known} known."
    )
    if planned.unused_columns:
        click.echo(f"Columns not used: {', '.join(planned.unused_columns)}")
    _list("To be noticed", planned.remarks)
    _list("To be answered", planned.questions)
    _list("Problems", planned.problems)
    if report is not None:
        _write_report(planned, report)


def _list(title: str, found: Sequence[Any]) -> None:
    if not found:
        return
    click.echo(f"{title} ({len(found)}):")
    for one in found[:SHOWN_MAX]:
        click.echo(f"  {_line(one)}")
    if len(found) > SHOWN_MAX:
        click.echo(f"  ... and {len(found) - SHOWN_MAX} more; --report FILE.csv lists all of them.")


def _line(one: Any) -> str:
    place = ", ".join(filter(None, (f"row {one.row}" if one.row else "", one.column)))
    value = f" ({one.value})" if one.value else ""
    return f"{place}: {one.message}{value}" if place else one.message


def _write_report(planned: "ImportPlan", report: Path) -> None:
    from tracker.exchange.csv.formula_guard import guard

    try:
        with report.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(("kind", "row", "column", "message", "value"))
            listed = {
                "problem": planned.problems,
                "question": planned.questions,
                "remark": planned.remarks,
            }
            for kind, found in listed.items():
                for one in found:
                    texts = map(guard, (one.column, one.message, one.value))
                    lines.writerow((kind, one.row or "", *texts))
    except OSError as error:
        raise click.ClickException(f"{report} cannot be written: {error.strerror}.") from error


def _bar(data: bytes) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """Make a progress bar that stays away from short work, and from files and pipes."""
    length = max(data.count(b"\n"), 1)

    def wrap(rows: Iterable[Any]) -> Iterator[Any]:
        start = time.monotonic()
        shown = click.progressbar(length=length, label="Reading", file=sys.stderr)
        visible, waiting = False, 0
        for row in rows:
            yield row
            waiting += 1
            if waiting % 500 == 0 and (visible or time.monotonic() - start > QUIET_S):
                visible = True
                shown.update(waiting)
                waiting = 0
        if visible:
            shown.render_finish()

    return wrap


# Whoever asks for help wants to import a file.
group.help = "\n\n".join(cleandoc(one.help or "") for one in (import_file, group))
for _command in (undo.list_imports, undo.undo, undo.set_aside):
    group.add_command(_command)
