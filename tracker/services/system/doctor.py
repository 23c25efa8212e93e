"""Look an instance over: what is in order, what is not, and what to do about it."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tracker import instruments
from tracker.config import KEYS_FILE, Settings
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.formatting import times
from tracker.services import clock, disk
from tracker.services.backups import queries as backup_queries
from tracker.services.clinic import clinics, countries
from tracker.services.instruments import editions as instrument_editions
from tracker.services.letters import outbox as mail_outbox
from tracker.services.people import logins
from tracker.services.system import database as system_database
from tracker.services.system import mail_server, safe_start, servers

REMIND_AT_LEAST = timedelta(days=1)
# Sharing locks over a network corrupts SQLite files (sqlite.org/howtocorrupt.html, section 2.1).
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"})


class Check(Struct, frozen=True):
    """One thing looked at; `advice` says what to do where it is not in order.

    What is only `to_do` works, and waits for somebody to set it. So there are three states: in
    order, to do, wrong.
    """

    name: str
    ok: bool
    result: str
    advice: str = ""
    to_do: bool = False


def run_checks(settings: Settings) -> Iterator[Check]:
    """Yield every check, the quick ones first."""
    yield _keys(settings)
    yield _folder(settings.instance)
    yield _disk(settings)
    yield _place(settings)
    yield _database(settings)
    yield _schema(settings)
    yield from _servers(settings)
    yield from _start(settings)
    yield _mail(settings)
    yield _reminding(settings)
    yield from _clinic(settings)
    yield _backup(settings)
    yield _second_factor(settings)
    yield _instruments(settings)
    yield _fonts()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _keys(settings: Settings) -> Check:
    path = settings.instance / KEYS_FILE
    if weak := safe_start.weak_keys(settings):
        names = ", ".join(weak)
        return Check("keys", False, f"weak: {names}", safe_start.NEW_KEYS)
    if not path.exists():
        return Check("keys", ok=True, result="from the environment")
    private = not _mode(path) & 0o077
    return Check("keys", private, f"{path} ({_mode(path):04o})", f"Run: chmod 600 {path}")


def _folder(instance: Path) -> Check:
    open_files = [
        path.name
        for path in sorted(instance.rglob("*"))
        if path.is_file() and path.suffix in {".sqlite3", ".json", ".log"} and _mode(path) & 0o007
    ]
    return Check(
        "files", not open_files, ", ".join(open_files) or "readable by their owner only",
        f"Others may read these. Run: chmod -R o-rwx {instance}",
    )  # fmt: skip


def _disk(settings: Settings) -> Check:
    others = (settings.backup_folder,)
    low = disk.note(settings.instance, *others)
    found = low or f"{disk.free_bytes(settings.instance) // disk.MIB} MB free"
    return Check("disk", not low, found, disk.advice())


def _place(settings: Settings) -> Check:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return Check("place", ok=True, result=url.get_backend_name())
    kind = _file_system(Path(url.database).resolve())
    return Check(
        "place", kind not in NETWORK_FILE_SYSTEMS, kind,
        "A SQLite file on a network disk gets corrupted. Move the instance to a local disk.",
    )  # fmt: skip


def _file_system(path: Path) -> str:
    mounts = Path("/proc/mounts")
    if not mounts.is_file():
        return "unknown file system"
    best, kind = "", "unknown file system"
    for line in mounts.read_text(encoding="utf-8").splitlines():
        _, point, found, *_ = line.split(" ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _database(settings: Settings) -> Check:
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        with system_database.connection(settings.database_url) as connection:
            if connection.dialect.name == "sqlite":
                answer = connection.scalar(text("PRAGMA quick_check"))
                return Check("database", answer == "ok", shown, "Restore the last good backup.")
            connection.execute(text("SELECT 1"))
            return Check("database", ok=True, result=shown)
    except SQLAlchemyError as error:
        damaged = system_database.is_damaged(error)
        advice = (
            f"{shown} is damaged. Restore the last good backup."
            if damaged
            else f"No answer from {shown}."
        )
        return Check("database", False, type(error).__name__, advice)


def _schema(settings: Settings) -> Check:
    try:
        stands_at, needed = system_database.revisions(settings.database_url)
    except SQLAlchemyError as error:
        return Check("schema", False, type(error).__name__, "Mend the database first.")
    advice = system_database.what_to_do(settings.database_url)
    return Check("schema", stands_at == needed, f"{stands_at or 'none'}", advice)


def _servers(settings: Settings) -> Iterator[Check]:
    """Say of the servers of PostgreSQL which takes saves, and which follow."""
    for found in servers.look(settings):
        yield Check(found.name, not found.advice, found.result, found.advice, to_do=found.to_do)


def _start(settings: Settings) -> Iterator[Check]:
    """Say of each setting that decides how people get in whether it may be served like that."""
    start = safe_start.ServerStart(settings, "", os.environ)
    faults = {fault.part: fault for fault in safe_start.faults_of(start)}
    if not settings.address and not settings.demo:
        # Other host names are not answered: a made-up one could end up in a link that is mailed.
        faults["address"] = safe_start.Fault(
            "address", "Set TRACKER_ADDRESS to what people will type.", to_do=True
        )
    found = {
        "address": settings.address or "this machine only",
        "proxies": f"{settings.proxies} in front",
        "cookies": "sent over TLS only" if settings.secure_cookies else "over plain http too",
        "idle": f"signed out after {settings.idle_minutes} minutes",
        "debug": "on" if "debug" in faults else "off",
        "demo": "known passwords" if "demo" in faults else "no known passwords",
    }
    if settings.demo:
        found["demo"] = "a demonstration, for this machine only"
    for part, words in found.items():
        fault = faults.get(part)
        yield (
            Check(part, False, words, fault.message, to_do=fault.to_do)
            if fault
            else Check(part, ok=True, result=words)
        )


def _mail(settings: Settings) -> Check:
    """Say where e-mails go, and ask the server whether it is the one it says it is."""
    if settings.demo:
        return Check("mail", ok=True, result="demonstration: written to files")
    mail = settings.mail
    if mail.to_files:
        return Check(
            "mail", False, f"written to {settings.mail_folder}",
            "Nobody gets them. Set TRACKER_SMTP_HOST to send them.", to_do=True,
        )  # fmt: skip
    where = f"{mail.host}:{mail.port}"
    if not mail.use_tls and safe_start.is_public(mail.host):
        return Check(
            "mail", False, f"{where}, not encrypted",
            "Links in e-mails open accounts: set TRACKER_SMTP_TLS=yes.",
        )  # fmt: skip
    if fault := mail_server.fault_of(mail):
        return Check("mail", False, f"{where}: {fault}", "E-mails are kept until it answers.")
    if mail.sender.endswith("@localhost") and safe_start.is_public(mail.host):
        return Check(
            "mail", False, f"{where}, from {mail.sender}",
            "Other servers refuse mail from there. Set TRACKER_MAIL_FROM to an address of yours.",
            to_do=True,
        )  # fmt: skip
    how = "encrypted, its certificate is right" if mail.use_tls else "on this machine"
    return Check("mail", ok=True, result=f"{where}, {how}")


def _reminding(settings: Settings) -> Check:
    """Say when `tracker remind` last ran: nothing else e-mails what waits too long."""
    try:
        with system_database.connection(settings.database_url) as connection:
            outbox = mail_outbox.outbox_of(connection)
    except SQLAlchemyError as error:
        return Check("remind", False, type(error).__name__, "Mend the schema first.")
    when = f"last ran {outbox.ran_at:%Y-%m-%d %H:%M} UTC" if outbox.ran_at else "never ran"
    late = outbox.ran_at is not None and clock.now() - outbox.ran_at > REMIND_AT_LEAST
    never = outbox.ran_at is None and not settings.demo
    return Check(
        "remind", not late and not never, f"{when}, {times(outbox.waiting, 'letter')} waiting",
        "E-mails do not leave. See that a timer runs `tracker remind` (tracker deploy systemd, or "
        "cron).",
        to_do=never,
    )  # fmt: skip


def _clinic(settings: Settings) -> Iterator[Check]:
    """Say whether there is a clinic that somebody can set up, and what of it waits to be set."""
    try:
        with system_database.connection(settings.database_url) as connection:
            found = clinics.settings_in(connection)
            able = logins.administrators_in(connection)
    except SQLAlchemyError as error:
        yield Check("clinic", False, type(error).__name__, "Mend the schema first.")
        return
    if found is None:
        yield Check("clinic", False, "no clinic yet: run tracker init", "Nobody can sign in.")
        return
    alone = "" if able != 1 else "If they lose their password, nobody can help. "
    yield Check(
        "people", able > 1 or settings.demo, f"{times(able, 'administrator')} can sign in",
        f"{alone}Run: tracker user invite NAME EMAIL --role administrator\n"
        "      Whoever was invited already chooses a password by the link in the mail.",
        to_do=able == 1,
    )  # fmt: skip
    yield _crisis(found)


def _crisis(found: ClinicSettings) -> Check:
    """Say whom patients are told to call, and what of it nobody has set yet."""
    line = (
        f"{found.crisis_line_name} {found.crisis_line}" if found.crisis_line else "no crisis line"
    )
    shown = f"{countries.choices().get(found.country, found.country)}: {line}, emergency "
    to_do = countries.to_do(found)
    return Check(
        "crisis", not to_do, shown + (found.emergency_number or "not set"),
        "\n      ".join(("On the page Clinic, as an administrator:", *to_do)), to_do=True,
    )  # fmt: skip


def _backup(settings: Settings) -> Check:
    """Say how old the newest backup is, and whether one was ever restored on trial."""
    now = clock.now()
    found = backup_queries.status(settings, now)
    result = f"newest {found.newest:%Y-%m-%d %H:%M} UTC" if found.newest else "none"
    drill = found.drill
    tried = f"{'restored' if drill.passed else 'NOT restored'} {drill.at:%Y-%m-%d}" if drill else ""
    to_do = "" if settings.demo else found.to_do(now)
    return Check(
        "backup", not to_do, f"{result}, on trial {tried or 'never'}, in {found.folder}",
        f"{to_do} Run `tracker backup` each night (guide, Backups).",
        to_do=not (found.is_late(now) or found.trouble),
    )  # fmt: skip


def _second_factor(settings: Settings) -> Check:
    """Say whether a stolen password of the staff is enough to read records."""
    if settings.demo:
        return Check("second", ok=True, result="demonstration: a password is enough")
    asked = settings.staff_second_factor
    return Check(
        "second", asked, "staff need a second step" if asked else "a password is enough for staff",
        "Unset TRACKER_STAFF_SECOND_FACTOR: staff then set up an app or a passkey at their next "
        "sign-in.",
        to_do=True,
    )  # fmt: skip


def _instruments(settings: Settings) -> Check:
    instance = settings.instance
    kept = partial(instrument_editions.all_texts, settings.database_url)
    instruments.use(instance / instruments.OWN, kept)
    troubles = instruments.problems()
    found = f"{len(instruments.library())}, {len(troubles)} faults in files of your own"
    # Every line of advice stands below the first.
    lines = [f"In {instance / instruments.OWN}:", *(f"  {problem}" for problem in troubles)]
    return Check("scales", not troubles, found, "\n      ".join(lines))


def _fonts() -> Check:
    from matplotlib import font_manager

    path = font_manager.findfont("DejaVu Sans", fallback_to_default=True)
    return Check("fonts", Path(path).is_file(), Path(path).name, "Reinstall matplotlib.")
