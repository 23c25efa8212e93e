"""Upgrade the database, and say where it stands."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option


@click.group()
def db() -> None:
    """Upgrade the database, or say where it stands."""


@db.command()
@instance_option
def upgrade(instance: Path) -> None:
    """Bring the database to the schema this program needs; a SQLite file is copied first."""
    from tracker import config
    from tracker.services.system import database as system_database

    settings = config.read(instance)
    before, after, copy = system_database.upgrade(settings.database_url, instance)
    if copy:
        click.echo(f"Kept a copy: {copy}")
    click.echo(
        f"Upgraded from {before or 'nothing'} to {after}. Start what serves it again."
        if before != after
        else "Nothing to do."
    )


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
