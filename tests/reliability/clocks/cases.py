"""Clocks that change, jump or are elsewhere: nothing is lost, put in another order or miscounted.

Both changes of the clock in four zones, for a session recorded afterwards and for one at the chair;
29 February, the new year, a clock that is a day ahead or behind, and a server in another zone.
python -m tests.reliability.clocks
"""

import dataclasses
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine
from flask import Flask

from tests import databases
from tests.browsing import ApartClient, Browser, Page
from tests.builders import entries
from tests.builders.patients import a_patient, a_series, planned
from tests.people import ANNA, PASSWORD
from tracker import config, create_app
from tracker.domain import wall_time
from tracker.domain.access import Actor, Role
from tracker.models import db
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import clinics
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.people import accounts, logins
from tracker.services.sessions import commands as session_commands

# A zone with the day on which its clocks go forward, the day on which they go back, and a time of
# that night that is skipped or comes twice. On Lord Howe it is half an hour, in Chile midnight.
ZONES = {
    "America/New_York": (date(2026, 3, 8), "02:30", date(2026, 11, 1), "01:30"),
    "Europe/Berlin": (date(2026, 3, 29), "02:30", date(2026, 10, 25), "02:30"),
    "Australia/Lord_Howe": (date(2026, 10, 4), "02:15", date(2026, 4, 5), "01:45"),
    "America/Santiago": (date(2026, 9, 6), "00:30", date(2026, 4, 4), "23:30"),
}
Case = Callable[[Flask], str]


@contextmanager
def application(folder: Path) -> Iterator[Flask]:
    """Give an application over a database of its own."""
    config.make_keys(folder)
    databases.schema.upgrade(f"sqlite:///{folder / 'tracker.sqlite3'}")
    settings = config.read(folder, databases.ENVIRON)
    app = create_app(settings=dataclasses.replace(settings, testing=True))
    app.test_client_class = ApartClient
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def clinician(zone: str) -> Actor:
    """Found a clinic in a zone, with a clinician who signs in as Anna of that clinic."""
    clinic_id = clinics.create(f"Clinic of {zone} {time.monotonic_ns()}", zone)
    email = f"{clinic_id}.{ANNA}"
    made = accounts.enrol(
        name="Anna", email=email, roles=[Role.CLINICIAN], password=PASSWORD,
        by=clinics.console(clinic_id),
    )  # fmt: skip
    return logins.actor_of(made)


def signed_in(app: Flask, by: Actor) -> Browser:
    """Sign the clinician in."""
    browser = Browser(app)
    browser.open("/sign-in")
    browser.send("/sign-in", {"email": f"{by.clinic_id}.{ANNA}", "password": PASSWORD})
    return browser


def sessions_of(by: Actor, starts: date, count: int = 2) -> list[int]:
    """Plan sessions for somebody new."""
    patient_id = a_patient(by, f"C-{time.monotonic_ns()}")
    return planned(a_series(by, patient_id, sessions=count, starts_on=starts))


def skipped(zone: str) -> Case:
    """Record a session that would begin at a time that the clocks skipped, and after it."""
    day, at, *_ = ZONES[zone]

    def case(app: Flask) -> str:
        by = clinician(zone)
        (first, *_) = sessions_of(by, day)
        with time_machine.travel(datetime.combine(day, datetime.min.time(), UTC) + 3 * DAY):
            browser = signed_in(app, by)
            said = _record(browser, first, day, at)
            if "clocks went forward" not in said:
                return f"{at} was taken: {said[:80]}"
            if said := _record(browser, first, day, "06:00", discharged="07:30"):
                return f"06:00 was refused: {said[:200]}"
        return _lasts(by, first, 90)

    return case


def twice(zone: str) -> Case:
    """Record two sessions of one wall time, the first and the second time that it came."""
    *_, day, at = ZONES[zone]

    def case(app: Flask) -> str:
        by = clinician(zone)
        both = [sessions_of(by, day, 1)[0] for _ in range(2)]
        with time_machine.travel(datetime.combine(day, datetime.min.time(), UTC) + 3 * DAY):
            browser = signed_in(app, by)
            for session_id, which in zip(both, ("first", "second"), strict=True):
                if "came twice" not in _record(browser, session_id, day, at):
                    return "nobody asked which"
                if said := _record(browser, session_id, day, at, clock=which):
                    return f"{which} was refused: {said[:200]}"
        hour = datetime.strptime(at, "%H:%M").replace(tzinfo=UTC).time()
        wanted = wall_time.instants(day, hour, ZoneInfo(zone))
        found = tuple(session_commands.find(one, by=by).record.started_at for one in both)
        return "" if found == wanted and len({*found}) == 2 else f"{found}, not {wanted}"

    return case


DAY = timedelta(days=1)


def _record(
    browser: Browser, session_id: int, day: date, at: str, *, clock: str = "", discharged: str = ""
) -> str:
    """Record by the form; give what it says, or nothing where it was taken."""
    path = f"/sessions/{session_id}/record"
    browser.open(path)
    typed = {
        "started_on": day.isoformat(), "started_time": at, "started_clock": clock, "route": "iv",
        "drug": "ketamine", "dose_mg": "35.5", "weight_kg": "71",
        "discharged_time": discharged[-5:], "discharged_on": discharged[:-6],
        "comment": "By night", "once": browser.page.value("once"),
    }  # fmt: skip
    for _ in range(2):
        token = browser.page.value("csrf_token")
        answer = browser.client.post(path, data={"csrf_token": token} | typed)
        if answer.status_code == 303:
            return ""
        page = Page(answer.text)
        typed["answered"] = page.value("answered") or ""
    said = re.findall(r'class="error"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(said)) or page.text


def _lasts(by: Actor, session_id: int, minutes: int) -> str:
    """See that a session lasted so long, whatever the clocks on the wall did."""
    told = session_commands.find(session_id, by=by).record
    lasted = told.discharged_at - told.started_at
    return "" if lasted == timedelta(minutes=minutes) else f"lasted {lasted}"


def at_the_chair(zone: str, *, back: bool) -> Case:
    """Write a reading every ten minutes through the change: all there, in order, ten apart."""
    forward_day, _, back_day, _ = ZONES[zone]

    def case(app: Flask) -> str:
        by, day = clinician(zone), back_day if back else forward_day
        change = _change(day, ZoneInfo(zone))
        with time_machine.travel(change - timedelta(minutes=60), tick=False) as traveller:
            first = sessions_of(by, clock.now().astimezone(ZoneInfo(zone)).date())[0]
            live_commands.begin(first, by=by, reason="By night.")
            written = []
            for number in range(13):
                at = clock.now()
                entries.write(by, first, "reading", {"heart_rate_bpm": 60 + number}, at=at)
                written.append(at)
                traveller.shift(timedelta(minutes=10))
            shown = live_commands.view(first, by=by).lines
            log = entry_log.of_session(first)
            found = [one.at for one in log if one.kind.value == "reading"]
        if found != written:
            return f"{len(found)} of {len(written)} entries, or in another order"
        return "" if "72" in shown[-1].words else "the last reading is not on the page"

    return case


def _change(day: date, zone: ZoneInfo) -> datetime:
    """Find the instant of a day's night at which the offset changes."""
    at = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=16)
    while (
        at.astimezone(zone).utcoffset() == (at + timedelta(minutes=30)).astimezone(zone).utcoffset()
    ):
        at += timedelta(minutes=30)
    return at + timedelta(minutes=30)


def leap_day(app: Flask) -> str:
    """Record a session on 29 February, of somebody born on one."""
    by, day = clinician("Europe/Berlin"), date(2028, 2, 29)
    patient_id = a_patient(by, "LEAP-1", birth_date=date(2000, 2, 29))
    first, second = planned(a_series(by, patient_id, starts_on=day))
    with time_machine.travel(datetime(2028, 3, 4, 12, tzinfo=UTC), tick=False):
        browser = signed_in(app, by)
        if said := _record(browser, first, day, "10:00", discharged="12:00"):
            return f"refused: {said[:200]}"
        if said := _record(browser, second, date(2028, 3, 3), "10:00", discharged="12:00"):
            return f"refused: {said[:200]}"
        page = browser.open(f"/patients/{patient_id}/").text
    if "28" not in page or "29 Feb 2028" not in page:
        return "neither the age nor the day is on the page"
    told = [session_commands.find(one, by=by).record.started_at for one in (first, second)]
    return "" if told[1] - told[0] == 3 * DAY else f"{told[1] - told[0]} apart"


def new_year(app: Flask) -> str:
    """Record a session that begins in one year and ends in the next."""
    by = clinician("Pacific/Auckland")
    (first, *_), day = sessions_of(by, date(2026, 12, 31)), date(2026, 12, 31)
    with time_machine.travel(datetime(2027, 1, 2, tzinfo=UTC), tick=False):
        browser, after = signed_in(app, by), "01/01/2027 00:40"
        if said := _record(browser, first, day, "23:10", discharged=after):
            return f"refused: {said[:200]}"
    return _lasts(by, first, 90)


def idle_limit(days: int) -> Case:
    """Leave a browser alone for longer than the idle limit, while the clock jumps."""

    def case(app: Flask) -> str:
        by, limit = clinician("Europe/Berlin"), app.extensions["settings"].idle_minutes
        with time_machine.travel(clock.now(), tick=False) as traveller:
            browser = signed_in(app, by)
            browser.open("/account/")
            traveller.shift(timedelta(days=days) + timedelta(minutes=limit + 2))
            status = browser.client.get("/account/").status_code
        return "" if status == 302 else f"still signed in: {status}"

    return case


def order_of_the_trail(app: Flask) -> str:
    """Write lines while the clock goes a day ahead and back: in the order of their writing."""
    by = clinician("America/New_York")
    console = clinics.console(by.clinic_id)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for days in (0, 1, -1, -1, 1):
            traveller.shift(timedelta(days=days))
            a_patient(by, f"T-{days}-{time.monotonic_ns()}")
    if not audit_queries.verify().intact:
        return "the trail does not verify"
    lines = audit_queries.read(by=console).lines
    numbers = [line.sequence for line in lines]
    return "" if numbers == sorted(numbers, reverse=True) else f"{numbers}"


def behind_at_the_chair(app: Flask) -> str:
    """Write at the chair while the clock falls back a day: nothing is lost, all in their order."""
    by = clinician("Europe/Berlin")
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = sessions_of(by, clock.now().date())[0]
        live_commands.begin(first, by=by, reason="Now.")
        for number, shift in enumerate((0, 10, -24 * 60, 24 * 60 + 10)):
            traveller.shift(timedelta(minutes=shift))
            raw = entries.sent(str(number), "reading", heart_rate_bpm=60 + number)
            raw["at"] = clock.now().isoformat()
            done = entries.put(first, raw, by=by)
            if not done.taken and not done.refused:
                return "an entry is neither taken nor refused"
        log = [one for one in entry_log.of_session(first) if one.kind.value == "reading"]
    if len(log) < 3:
        return f"{len(log)} of 4 are there"
    return ""


def server_elsewhere(place: str) -> Case:
    """Let the server live in another zone than the clinic."""

    def case(app: Flask) -> str:
        before = os.environ.get("TZ")
        os.environ["TZ"] = place
        time.tzset()
        try:
            by, day = clinician("America/New_York"), date(2026, 3, 2)
            first = sessions_of(by, day)[0]
            with time_machine.travel(datetime(2026, 3, 3, 4, 30, tzinfo=UTC), tick=False):
                browser = signed_in(app, by)
                if said := _record(browser, first, day, "21:00", discharged="22:30"):
                    return f"refused: {said[:200]}"
                page = browser.open(f"/sessions/{first}/").text
            told = session_commands.find(first, by=by).record
        finally:
            os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
            time.tzset()
        if told.started_at != datetime(2026, 3, 3, 2, tzinfo=UTC):
            return f"stored as {told.started_at}"
        return _lasts(by, first, 90) or ("" if "21:00" in page else "shown as another time")

    return case


def cases() -> dict[str, Case]:
    """Give every case by its name."""
    found: dict[str, Case] = {}
    for zone in ZONES:
        found |= {
            f"{zone}: a time that is skipped": skipped(zone),
            f"{zone}: a time that comes twice": twice(zone),
            f"{zone}: at the chair, clocks go forward": at_the_chair(zone, back=False),
            f"{zone}: at the chair, clocks go back": at_the_chair(zone, back=True),
        }
    return found | {
        "29 February": leap_day,
        "the new year": new_year,
        "idle, the clock a day ahead": idle_limit(1),
        "idle, the clock a day behind": idle_limit(-1),
        "the order of the trail": order_of_the_trail,
        "at the chair, the clock a day behind": behind_at_the_chair,
        "the server fourteen hours ahead": server_elsewhere("Pacific/Kiritimati"),
        "the server in Samoa": server_elsewhere("Pacific/Pago_Pago"),
    }


def run(names: list[str] | None = None) -> dict[str, str]:
    """Try the cases; give what is wrong with each, or nothing."""
    place = databases.fastest(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(dir=place) as name, application(Path(name)) as app:
        wanted = {one: case for one, case in cases().items() if names is None or one in names}
        return {one: _try(case, app) for one, case in wanted.items()}


def _try(case: Case, app: Flask) -> str:
    try:
        return case(app)
    except AssertionError as error:
        return f"broke off: {str(error)[:200]}"


def main(arguments: list[str] | None = None) -> int:
    """Print every case; end with 1 if one is wrong."""
    found = run(arguments or None)
    for name, fault in found.items():
        print(f"{'fault' if fault else 'right'}  {name}{f': {fault}' if fault else ''}")
    print(f"{len(found)} cases, {sum(map(bool, found.values()))} faults")
    return 1 if any(found.values()) else 0
