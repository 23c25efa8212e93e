"""Set an instance up, show the demonstration, serve."""

import shutil
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.instance import instance_option

if TYPE_CHECKING:
    from tracker.services.demo.clinic import SignInOffer
    from tracker.services.system.founding import FoundingDraft

PHONE_PROMPT = "Clinic's telephone, for patients to call (may be left empty)"
DEMO_NOTICE = (
    "This instance is a demonstration. Its patients are invented. Never enter real people here:\n"
    "`tracker demo --fresh` removes this folder.\n"
)
WARM_AFTER_SECONDS = 3.0


# What init asks for where no option says it, in this order; the fields of a FoundingDraft.
_QUESTIONS = {
    "clinic": "Name of the clinic",
    "time_zone": "Time zone (such as America/New_York)",
    "country": "Country (such as US, GB, Ireland; or: other)",
    "emergency_number": "Emergency number there",
    "name": "Your name",
    "email": "Your e-mail address",
    "password": "Password (12 characters or more)",
}


@click.command()
@instance_option
@click.option("--clinic", help="Name of the clinic.")
@click.option("--time-zone", help="The clinic's time zone, such as America/New_York.")
@click.option(
    "--country",
    help="The clinic's country in two letters, or other. It says whom patients call in a crisis.",
)
@click.option(
    "--emergency-number", help="Emergency number, where the country's is unknown or another."
)
@click.option("--phone", help="The clinic's telephone, which patients are told to call.")
@click.option("--name", help="Name of the first administrator.")
@click.option("--email", help="E-mail of the first administrator.")
@click.option("--password", help="Password of the first administrator, 12 characters or more.")
@click.option("--also-clinician", is_flag=True, help="The administrator also treats patients.")
def init(instance: Path, **given: Any) -> None:
    """Set a new instance up: keys, database, clinic and first administrator.

    What no option says is asked for. Nothing is written before all of it is right: the options, the
    settings in the environment, the folder and the database. Whatever is not is named at once.
    """
    from flask import current_app

    from tracker import config
    from tracker.cli import instance as rooms
    from tracker.domain.clinic.settings import ClinicSettings
    from tracker.services.clinic import clinics, countries
    from tracker.services.system import founding

    draft = founding.FoundingDraft(**given)
    database_url = config.database_url(instance)
    _refuse_what_cannot_be(instance, database_url, draft)
    draft = _ask(draft)
    with founding.alone(instance):
        founding.refuse_second(database_url)
        rooms.prepare(instance)
        with rooms.open_bare(instance):
            founding.begin(draft)
            to_do = countries.to_do(ClinicSettings.read(clinics.only().settings))
            address = current_app.extensions["settings"].address
    click.echo(f"Set up in {instance}. {_what_next(address)}")
    for words in to_do:
        click.echo(f"To do, on the page Clinic: {words}")


def _what_next(address: str) -> str:
    """Say what serves it: behind a proxy two files are printed first, and serving comes last."""
    if not address.startswith("https:"):
        return "Now run: tracker serve"
    return (
        f"Next, for {address}: `tracker deploy caddy` (or nginx) and `tracker deploy systemd` (or "
        "cron) print what stands in front of it and what serves it."
    )


def _refuse_what_cannot_be(instance: Path, database_url: str, draft: "FoundingDraft") -> None:
    """Raise InvalidError with all that is wrong, before anybody is asked or anything made."""
    from tracker import config
    from tracker.domain.problems import InvalidError, Problem
    from tracker.services.system import founding

    problems = [Problem("settings", fault) for fault in config.faults_of(instance)]
    problems += (place := founding.check_place(instance, database_url))
    if not place:
        founding.refuse_second(database_url)
    problems += founding.check(draft)
    if problems:
        raise InvalidError(problems)


def _ask(draft: "FoundingDraft") -> "FoundingDraft":
    """Ask for what is missing, each until it is right, so that nothing is typed in vain.

    Where nobody answers, InvalidError names everything that is still missing.
    """
    from tracker.domain.problems import InvalidError
    from tracker.services.system import founding

    try:
        return _ask_each(draft)
    except click.Abort as error:
        if _somebody_types():
            raise
        raise InvalidError(founding.missing(draft)) from error


def _ask_each(draft: "FoundingDraft") -> "FoundingDraft":
    from msgspec.structs import replace

    from tracker.services.system import founding

    for field, words in _QUESTIONS.items():
        hidden = field == "password"
        while fault := founding.fault_of(field, draft):
            if getattr(draft, field) is not None:
                click.echo(fault)
            answer = click.prompt(words, hide_input=hidden, confirmation_prompt=hidden)
            draft = replace(draft, **{field: answer})
        if field == "emergency_number" and draft.phone is None and _somebody_types():
            draft = _ask_phone(draft)
    return draft


def _ask_phone(draft: "FoundingDraft") -> "FoundingDraft":
    """Ask for the telephone, which may stay empty."""
    from msgspec.structs import replace

    from tracker.services.system import founding

    while True:
        answer = click.prompt(PHONE_PROMPT, default="", show_default=False)
        draft = replace(draft, phone=answer)
        if not (fault := founding.fault_of("phone", draft)):
            return draft
        click.echo(fault)


def _somebody_types() -> bool:
    """Tell a person from a script, which goes on with what may stay empty."""
    return sys.stdin.isatty()


@click.command()
@instance_option
@click.option("--patients", default=24, show_default=True, help="How many invented patients.")
@click.option(
    "--earlier",
    default=60,
    show_default=True,
    help="How many more were treated in the two years before, for the figures of outcomes.",
)
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--no-serve", is_flag=True, help="Make the demonstration, but do not serve it.")
@click.option("--fresh", is_flag=True, help="Remove the demonstration and make it anew.")
def demo(
    instance: Path, patients: int, earlier: int, port: int, no_serve: bool, fresh: bool
) -> None:
    """Show a clinic with invented patients. Never touches a real instance."""
    from tracker import config
    from tracker.cli import instance as rooms

    folder = instance / config.DEMO_FOLDER
    if fresh and (folder / config.DEMO_FILE).is_file():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / config.DEMO_FILE).write_text(DEMO_NOTICE, encoding="utf-8")
    rooms.prepare(folder)
    with rooms.open_bare(folder):
        from tracker.services.demo import clinic as demo_clinic

        if not demo_clinic.is_furnished():
            demo_clinic.furnish(patients, progress=rooms.bar("Inventing patients"), earlier=earlier)
        _print_offers(demo_clinic.offers())
    if not no_serve:
        _serve(folder, "127.0.0.1", port, threads=4)


def _print_offers(offers: "Sequence[SignInOffer]") -> None:
    click.echo("\nDemonstration: every patient is invented. Sign in as:")
    for offer in offers:
        click.echo(f"  {offer.role:<14} {offer.email:<28} password: {offer.password}")


@click.command()
@instance_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
def serve(instance: Path, host: str, port: int, threads: int) -> None:
    """Serve the instance with waitress (one process, right for SQLite)."""
    _serve(instance, host, port, threads=threads)


def _serve(instance: Path, host: str, port: int, *, threads: int) -> None:
    from tracker import log
    from tracker.cli import instance as rooms

    log.set_up()
    app = rooms.start(instance)
    from tracker import listening
    from tracker.services.clinic import clinics
    from tracker.services.progress import pictures as progress_pictures
    from tracker.services.system import database as system_database
    from tracker.services.system import safe_start

    with rooms.plain_errors(), app.app_context():
        for words in safe_start.refuse_unsafe(app.extensions["settings"], host=host):
            click.echo(f"To do: {words}")
        clinics.only()  # a sign-in page that nobody can use is no help
        system_database.tidy()

    try:
        server = listening.listen(
            app, host=host, port=port, threads=threads,
            **_proxy_settings(app.extensions["settings"].proxies),
        )  # fmt: skip
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used ({error.strerror}). Choose another with --port."
        ) from error
    # The first picture of a process is slow: draw it before somebody waits for it. But first come
    # those who wait for the server: after a crash they are many.
    drawing = threading.Timer(WARM_AFTER_SECONDS, progress_pictures.warm)
    drawing.daemon = True
    drawing.start()
    click.echo(f"\n{_open_words(app.extensions['settings'].address, host, port)}")
    server.run()


def _open_words(address: str, host: str, port: int) -> str:
    """Say what to open: what people type is at TRACKER_ADDRESS, and passkeys work there alone."""
    here = f"http://{host}:{port}"
    if not address or address == here:
        return f"Open {here}/ - stop with Ctrl+C"
    return f"Open {address}/ (served on {here}) - stop with Ctrl+C"


def _proxy_settings(proxies: int) -> dict[str, Any]:
    """Tell waitress how many proxies it may believe, of the address and the scheme alone.

    It takes what it does not trust out of a request, so that nothing behind it believes that.
    """
    if not proxies:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": "*",  # whoever reaches the port: it is on 127.0.0.1, or behind a wall
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto",
        "clear_untrusted_proxy_headers": True,
    }
