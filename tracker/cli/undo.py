"""List what was imported, undo a whole import, and read what was set aside with it."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.instance import instance_option

if TYPE_CHECKING:
    from tracker.services.imports.undo.touched import LaterChange

SHOWN_MAX = 200


@click.command(name="list")
@instance_option
def list_imports(instance: Path) -> None:
    """List the newest imports: when, by whom, what, and whether they were undone."""
    from tracker.cli.instance import open_instance
    from tracker.services.imports.undo import queries

    with open_instance(instance) as by:
        for line in queries.listing(by=by):
            rows = (
                f"{line.rows_read} read, {line.rows_stored} stored, {line.rows_refused} refused, "
                f"{line.rows_duplicate} there already, {line.rows_left_out} left out"
            )
            undone = f"; undone {_instant(line.undone_at)} by {line.undone_by}"
            click.echo(
                f"{line.id}  {_instant(line.at)}  {line.by}  {line.kind}: {line.stored} "
                f"({rows}){undone if line.undone_at else ''}"
            )


def _instant(at: datetime | None) -> str:
    return at.isoformat(" ", "minutes") if at else ""


@click.command(name="undo")
@click.argument("import_id", type=int, metavar="ID")
@instance_option
@click.option("--reason", prompt="Why", help="Why all of it is taken back.")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
def undo(import_id: int, instance: Path, reason: str, yes: bool) -> None:
    """Undo a whole import: everything that the file brought is set aside.

    `tracker import list` tells the ids. Nothing is undone where anything of it was touched since:
    amended, signed, answered, merged, added to. What was is named.
    """
    from tracker.cli.instance import open_instance
    from tracker.domain.problems import InvalidError, NotFoundError
    from tracker.services.imports.undo import commands, queries

    with open_instance(instance) as by:
        try:
            line = queries.find_line(import_id, by=by)
            if not yes:
                click.confirm(f"Take back {line.stored}?", abort=True)
            commands.undo(import_id, reason, by=by, progress=_say)
        except NotFoundError as error:
            raise click.ClickException(
                f"There is no import {import_id} here, or it is older than this list of imports: "
                "tracker import list"
            ) from error
        except InvalidError as error:
            raise click.ClickException(" ".join(one.message for one in error.problems)) from error
        except commands.TouchedError as error:
            _tell(error.touched)
            raise click.ClickException(
                "Nothing was undone: people have worked with it since. An import is undone whole, "
                "or not at all."
            ) from error
        click.echo(f"Undone: {line.stored}. The same file can be imported again.")


def _say(step: str) -> None:
    click.echo(f"{step} ...", err=True)


def _tell(found: "tuple[LaterChange, ...]") -> None:
    click.echo(f"Done since ({len(found)}):")
    for one in found[:SHOWN_MAX]:
        where = f"record {one.record_number}: " if one.record_number else ""
        of_import = f" (import {one.of_import})" if one.of_import else ""
        times = f", {one.times} times" if one.times > 1 else ""
        click.echo(f"  {where}{one.words}{times}{of_import}")


@click.command(name="set-aside")
@click.argument("import_id", type=int, metavar="ID")
@instance_option
def set_aside(import_id: int, instance: Path) -> None:
    """Print the rows that an undone import had brought: one JSON object a line."""
    from tracker.cli.instance import open_instance
    from tracker.domain.problems import NotFoundError
    from tracker.services.imports.undo import queries

    with open_instance(instance) as by:
        try:
            for of_table, values in queries.read_set_aside(import_id, by=by):
                sys.stdout.write(json.dumps({"table": of_table} | values, ensure_ascii=False))
                sys.stdout.write("\n")
        except NotFoundError as error:
            raise click.ClickException(f"There is no import {import_id} here.") from error
