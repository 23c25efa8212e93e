"""Back an instance up, try a backup out, restore one."""

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.instance import instance_option

if TYPE_CHECKING:
    from tracker.config import Settings
    from tracker.domain.audit.hash_chain import ChainCheck
    from tracker.services.backups.key import BackupKey

ASKED_GROUPS = 2
_key_option = click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the backup key, or TRACKER_BACKUP_KEY. Else it is asked for.",
)


def _resolve(context: click.Context, _parameter: click.Parameter, value: str | None) -> Path:
    """Take the instance that stands after the command, else the one before it."""
    return Path(value).resolve() if value else context.obj


_instance_option = click.option(
    "--instance", metavar="DIR", callback=_resolve, help="Folder of the clinic's instance."
)


@click.group(invoke_without_command=True)
@instance_option
@click.option(
    "--this-folder",
    is_flag=True,
    help="Take the folder although its backups are gone, or are from before a restore.",
)
@click.pass_context
def backup(context: click.Context, instance: Path, this_folder: bool) -> None:
    """Back up the database and all that a clinic cannot lose, while people work.

    The backup is encrypted, opened again and compared before it counts. It goes into
    TRACKER_BACKUP_FOLDER; older ones are kept by TRACKER_BACKUP_KEEP. Run it once a day or oftener.
    """
    context.obj = instance
    if context.invoked_subcommand is None:
        _back_up(instance, this_folder=this_folder)


def _back_up(instance: Path, *, this_folder: bool) -> None:
    from tracker import config
    from tracker.domain.backups import status
    from tracker.domain.formatting import times
    from tracker.services import clock
    from tracker.services.backups import commands
    from tracker.services.backups import key as backup_key

    settings = config.read(instance)
    if backup_key.public_half(instance) is None and sys.stdin.isatty():
        _make_key(settings)
    made = commands.make(settings, at=clock.now(), accepted=this_folder)
    click.echo(
        f"Backed up and compared: {made.path}\n{status.size(made.size_bytes)}, "
        f"{times(made.tables, 'table')}, {times(made.rows, 'row')}, {made.seconds:.1f} s. "
        f"{times(made.kept, 'backup')} kept, {made.removed} removed."
    )
    if made.path.parent.stat().st_dev == instance.stat().st_dev:
        click.echo(
            "It stands on the same disk as the clinic. Set TRACKER_BACKUP_FOLDER to another one."
        )
    _note(instance, "backup.made", f"{made.path.name} {times(made.rows, 'row')}")


def _note(instance: Path, action: str, detail: str) -> None:
    """Say it in the audit trail where that can be written to: a backup stands without it, too."""
    from tracker.cli.instance import open_instance
    from tracker.services.backups import commands

    try:
        with open_instance(instance) as by:
            commands.note(action, detail, by=by)
    except click.ClickException as error:
        click.echo(f"This could not be noted in the audit trail. {error.message}")


@backup.command("key")
@click.option("--new", is_flag=True, help="Make another key in the place of the one there is.")
@_instance_option
def make_key(instance: Path, new: bool) -> None:
    """Make the key of the backups: shown once, to be written down."""
    from tracker import config
    from tracker.services.backups import key as backup_key

    settings = config.read(instance)
    if not new and backup_key.public_half(instance) is not None:
        raise click.ClickException(
            "There is a backup key already. To make another: tracker backup key --new\n"
            "Backups that were made so far can be opened with the old key alone: keep both."
        )
    _make_key(settings)


def _make_key(settings: "Settings") -> None:
    """Show a key, ask for a part of it, and only then keep the half that encrypts."""
    from tracker.services import clock
    from tracker.services.backups import key as backup_key

    made = backup_key.make()
    click.echo("\nThe backup key. Write it down now: it is shown once, and kept nowhere.\n")
    click.echo(f"    {backup_key.PREFIX}")
    for at in range(0, len(made.groups), 5):
        groups = "  ".join(made.groups[at : at + 5])
        click.echo(f"    {at + 1:>2}: {groups}")
    click.echo(
        "\nWithout it no backup can ever be opened, by nobody. Keep it away from this machine and "
        "from the backups,\nsuch as on paper in a safe, in two places.\n"
    )
    for number in sorted(_ask_for(len(made.groups) - 1)):
        while not backup_key.is_group(
            click.prompt(f"Group {number} of what you wrote down"), made.groups[number - 1]
        ):
            click.echo("That is another. Compare what you wrote with what stands above.")
    path = backup_key.keep(made.public, settings.instance, clock.now())
    click.echo(f"Written down. {path} keeps the half that can encrypt, and not open.")


def _ask_for(groups: int) -> list[int]:
    """Choose the groups to ask for; the last is shorter, and not asked for."""
    return secrets.SystemRandom().sample(range(1, groups + 1), ASKED_GROUPS)


@backup.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_key_option
@click.option("--database-url", default="", help="An empty PostgreSQL database for the trial.")
@_instance_option
def drill(instance: Path, file: Path | None, key_file: Path | None, database_url: str) -> None:
    """Restore the newest backup on trial, verify all of it, and clean up.

    Do it now and then, with the key as it was written down. How it went is shown to administrators.
    """
    from tracker import config
    from tracker.domain.formatting import times
    from tracker.services import clock
    from tracker.services.backups import drill as drills
    from tracker.services.backups.errors import BackupError

    settings = config.read(instance)
    chosen = file or drills.newest(settings)
    click.echo(f"Restoring {chosen.name} on trial.")
    key = _read_key(key_file)
    try:
        done = drills.drill(
            settings, chosen, key, at=clock.now(), verify=_verify, database_url=database_url
        )
    except BackupError:
        _note(instance, "backup.drilled", f"{chosen.name} failed")
        raise
    upgraded = f", upgraded from {done.upgraded_from}" if done.upgraded_from else ""
    click.echo(
        f"It can be restored: {times(done.tables, 'table')} and {times(done.rows, 'row')} as they "
        f"were{upgraded}, {times(done.trail_lines, 'line')} of the audit trail hold.\n"
        f"It took {done.outcome.took}. Nothing of the trial is left."
    )
    _note(instance, "backup.drilled", f"{chosen.name} {done.outcome.took}")


def _verify(settings: "Settings") -> "ChainCheck":
    """Verify the audit trail of a restored clinic."""
    from tracker.app import create_app
    from tracker.services.backups import drill as drills

    with create_app(settings).app_context():
        return drills.verify_trail()


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@instance_option
@_key_option
def restore(file: Path, instance: Path, key_file: Path | None) -> None:
    """Restore a backup into an empty instance; a clinic that is there is never overwritten.

    With a backup of PostgreSQL, TRACKER_DATABASE_URL names an empty database.
    """
    from tracker import config
    from tracker.cli.instance import plain_errors
    from tracker.services.backups import restoring

    with plain_errors():
        database_url = config.database_url(instance)
        restoring.refuse_occupied(instance, database_url)  # before the key is typed in vain
        restored = restoring.restore(
            file, _read_key(key_file), instance=instance, database_url=database_url
        )
    made_at = restored.manifest.made_at
    click.echo(
        f"Restored into {instance}: {len(restored.manifest.database.tables)} tables and "
        f"{restored.rows} rows, as they were at {made_at:%Y-%m-%dT%H-%M-%SZ}. "
        "All of it was compared."
    )
    if not restored.is_behind:
        _verify_restored(instance, file.name)
    _print_next(instance, is_behind=restored.is_behind)


def _verify_restored(instance: Path, name: str) -> None:
    from tracker import config

    verdict = _verify(config.read(instance))
    if not verdict.intact:
        raise click.ClickException(
            f"The audit trail is broken at line {verdict.broken_at}: {verdict.reason}."
        )
    click.echo(f"Audit trail: {verdict.lines} lines, every one holds.")
    _note(instance, "backup.restored", name)


def _print_next(instance: Path, *, is_behind: bool) -> None:
    from tracker.services.backups.restoring import RESTORED_SETTINGS

    told = instance / RESTORED_SETTINGS
    steps = [
        *([f"Take over the settings of the old machine: {told}"] if told.exists() else []),
        *(["tracker db upgrade", "tracker audit verify"] if is_behind else []),
        "tracker doctor",
        "tracker serve",
    ]
    click.echo("\nNow:")
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")


def _read_key(key_file: Path | None) -> "BackupKey":
    """Read the key from a file, from the environment, or from whoever has it."""
    import os

    from tracker.services.backups import key as backup_key
    from tracker.services.backups.belongings import KEY_VARIABLE

    if key_file is not None:
        lines = key_file.read_text(encoding="utf-8", errors="replace").splitlines()
        typed = "".join(line for line in lines if not line.startswith("#"))
    else:
        typed = os.environ.get(KEY_VARIABLE, "") or click.prompt(
            f"The backup key (spaces and {backup_key.PREFIX} may be left out)"
        )
    return backup_key.read_typed(typed)
