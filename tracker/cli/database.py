"""Upgrade the database, and say where it stands."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option


@click.group()
def db() -> None:
    """Upgrade the database, or say where it stands."""


@db.command()
@instance_option
@click.option("--without-backup", is_flag=True, help="You have made a backup in another way.")
def upgrade(instance: Path, without_backup: bool) -> None:
    """Bring the database to the schema this program needs; it is backed up first.

    The backup is encrypted, as by `tracker backup`. A SQLite file is copied as well.
    """
    from tracker import config
    from tracker.services.system import upgrades

    done = upgrades.upgrade(config.read(instance), without_backup=without_backup)
    if done.backup:
        click.echo(f"Backed up: {done.backup}")
    if done.copy:
        click.echo(f"Kept a copy: {done.copy}")
    click.echo(
        f"Upgraded from {done.before or 'nothing'} to {done.after}. Start what serves it again."
        if done.before != done.after
        else "Nothing to do."
    )
    if done.to_do:
        click.echo(f"To do: {done.to_do}")


@db.command()
@instance_option
def rebuild_outcomes(instance: Path) -> None:
    """Count what became of every course anew; what is recorded stays as it is.

    Saves go on meanwhile. Broken off, it can be begun again.
    """
    from tracker.cli.instance import bar, open_instance

    with open_instance(instance) as by:
        from tracker.services.outcomes import commands as outcome_commands

        done = outcome_commands.count_anew(by=by, progress=bar("Counting"))
    click.echo(f"Counted: {done} patients.")


@db.command()
@instance_option
def current(instance: Path) -> None:
    """Say which schema the database has, and which this program needs."""
    from tracker import config
    from tracker.services.system import database as system_database

    database_url = config.read(instance).database_url
    stands_at, needed = system_database.revisions(database_url)
    click.echo(f"database {stands_at or 'empty'}, program {needed}")
    if words := system_database.what_to_do(database_url):
        raise click.ClickException(words)
