"""List the instruments of an instance, and check a file before it goes there."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.instance import instance_option

if TYPE_CHECKING:
    from tracker import instruments
    from tracker.domain.instruments.model import Instrument


@click.group("instruments")
def group() -> None:
    """List the instruments, or check the file of one."""


@group.command("list")
@instance_option
def list_all(instance: Path) -> None:
    """List the instruments that ship and those in the instance's own folder."""
    from tracker import instruments
    from tracker.instruments import shelf

    instruments.use(instance / instruments.OWN, lambda: _texts_of(instance))
    for found in instruments.library().values():
        whose = "" if shelf.ships(found) else "  (your own)"
        click.echo(f"{found.code:<26} {found.version:<6} {_ways(found):<22} {found.title}{whose}")
    for problem in instruments.problems():
        click.echo(f"Not used: {problem}", err=True)


def _ways(instrument: "Instrument") -> str:
    """Say how a score comes in."""
    if instrument.answerable:
        return f"{len(instrument.items)} questions"
    return "needs your wording" if instrument.needs_wording else "total only"


def _texts_of(instance: Path) -> "instruments.Kept":
    """Read what was answered in an instance; nothing where there is none yet."""
    from tracker import config
    from tracker.services.instruments import editions

    try:
        settings = config.read(instance)
    except config.ConfigurationError:
        return {}
    return editions.all_texts(settings.database_url)


@group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@instance_option
def check(file: Path, instance: Path) -> None:
    """Check FILE before it is put into the folder `instruments` of an instance.

    Every fault is named with its line and field, and every worked example is worked. A file that
    was changed after somebody answered its version in the instance is refused.
    """
    from tracker import instruments
    from tracker.instruments import shelf

    troubles = shelf.check(file, _texts_of(instance))
    for problem in troubles:
        click.echo(str(problem))
    if troubles:
        raise click.ClickException(f"{len(troubles)} to put right in {file.name}.")
    if file.name.endswith(instruments.WORDING):
        click.echo(f"OK: {file.name} gives every question its words.")
        return
    found = shelf.read(file)
    click.echo(
        f"OK: {found.title} ({found.code}, version {found.version}): {len(found.items)} questions, "
        f"{found.minimum} to {found.maximum}, {len(found.examples)} examples passed."
    )
