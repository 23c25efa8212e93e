"""Open an instance for a command: its settings, its database, and whoever is at the console."""

import getpass
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.memory import hold_little, keep_everything, pause_collection

if TYPE_CHECKING:
    from flask import Flask

    from tracker.domain.access import Actor

Command = TypeVar("Command", bound=Callable[..., Any])
Thing = TypeVar("Thing")


def _resolve(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Path:
    from tracker import config

    return Path(value).resolve() if value else config.default_instance()


def instance_option(command: Command) -> Command:
    """Let a command take `--instance DIR`, or TRACKER_INSTANCE."""
    option = click.option(
        "--instance",
        metavar="DIR",
        envvar="TRACKER_INSTANCE",
        callback=_resolve,
        help="Folder with the database, keys and mail of one clinic.",
    )
    return option(command)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what a person can put right into one clear line and exit status 1."""
    try:
        yield
    except Exception as error:
        words = _words(error)
        if words is None:
            raise
        raise click.ClickException(words) from error


def _words(error: Exception) -> str | None:
    """Say what is wrong and what to do; None for what only a programmer can put right."""
    # Imported here: a command that goes well, or only shows its help, pays nothing for it.
    from tracker.config import ConfigurationError
    from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
    from tracker.services.backups.errors import BackupError
    from tracker.services.system import database as system_database
    from tracker.services.system.database import NewerDatabaseError

    if isinstance(error, InvalidError):
        lines = "\n".join(f"  {p.field}: {p.message}" for p in error.problems)
        return f"This cannot be done:\n{lines}"
    if isinstance(error, ConfigurationError | NewerDatabaseError | BackupError):
        return str(error)
    if isinstance(error, NotFoundError):
        return str(error) or "There is no such record."
    if isinstance(error, ForbiddenError):
        return f"The console may not do this ({error})."
    if isinstance(error, PermissionError):
        return (
            f"Whoever runs this may not use {error.filename}. Run it as the user whom the instance "
            "belongs to, such as by: sudo -u tracker -i"
        )
    return system_database.fault_of(error) or None


def prepare(instance: Path) -> None:
    """Make the keys and bring the database up to date."""
    from tracker import config
    from tracker.services.system import upgrades

    with plain_errors():
        config.make_keys(instance)
        settings = config.read(instance)
        settings.mail_folder.mkdir(exist_ok=True, mode=0o700)
        upgrades.upgrade_schema(settings)


@contextmanager
def open_bare(instance: Path, *, halfway: bool = False) -> Iterator[None]:
    """Open an instance that may have no clinic yet."""
    from tracker.services.system import database as system_database

    made = fit_to_serve(instance, halfway=halfway)
    with plain_errors(), made.app_context(), system_database.at_length():
        yield


@contextmanager
def open_instance(instance: Path, *, halfway: bool = False) -> "Iterator[Actor]":
    """Open an instance and give the actor at the console; `halfway` as `config.read` has it."""
    with open_bare(instance, halfway=halfway):
        from tracker.domain import date_format
        from tracker.domain.date_format import DateFormat
        from tracker.services.clinic import clinics

        clinic = clinics.only()
        date_format.using(DateFormat.read(clinic.settings))
        yield clinics.console(clinic.id, f"console: {_who_types()}")


def _who_types() -> str:
    """Name who is at the console; in a container that may be a number alone."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def fit_to_serve(instance: Path, *, open_keys: bool = False, halfway: bool = False) -> "Flask":
    """Make the application, unless its database is behind or ahead of this program."""
    with plain_errors(), pause_collection():
        from tracker import config
        from tracker.app import create_app
        from tracker.services.system import database as system_database

        settings = config.read(instance, open_keys=open_keys, halfway=halfway)
        system_database.refuse_other_schema(settings.database_url)
        return create_app(settings)


def start(instance: Path) -> "Flask":
    """Make the application for a process that serves it and does nothing else."""
    hold_little()
    with pause_collection():
        # Keys that others may read are refused with all else that is unsafe, see safe_start.
        application = fit_to_serve(instance, open_keys=True)
        keep_everything()
        return application


def bar(label: str) -> Callable[[Iterable[Thing]], Iterable[Thing]]:
    """Make a progress bar that a service may wrap round what it works through."""

    def wrap(things: Iterable[Thing]) -> Iterator[Thing]:
        with click.progressbar(things, label=label) as shown:
            yield from shown

    return wrap
