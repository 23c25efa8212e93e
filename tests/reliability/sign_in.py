"""Signing in: nobody learns who has an account, nobody gets in, nobody is locked out by others.

For every form that somebody signed out can send, two cases are sent in turn: one about an account
or a link that there is (or was), one about none. Status and words must be the same, and the medians
of how long the answers took within 35 % of each other; passwords cost what they do in a clinic.
Then what is tried against a sign-in is tried (sign_in_abuse.py).
python -m tests.reliability.sign_in --help
"""

import argparse
import dataclasses
import hashlib
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_security.utils import hash_data
from sqlalchemy import delete, update

from tests import databases
from tests.browsing import ApartClient, Browser
from tests.builders.check_ins import ask, link_to
from tests.builders.courses import account, treat
from tests.people import ADAM, ANNA, PASSWORD, Cast, gather
from tests.reliability import sign_in_abuse
from tracker import config, create_app
from tracker.domain.access import Permission, Role
from tracker.models import db
from tracker.models.check_ins import CheckInLink
from tracker.models.users import SignInBrake, UnlockLink, User
from tracker.services import clock
from tracker.services.calendar import feeds
from tracker.services.people import accounts
from tracker.web.guard import is_public, permission_of

NOBODY = "nobody@example.org"
APART = 0.35  # of the longer median
TRIES = 41
LONG_AGO = timedelta(days=60)
Ask = tuple[str, dict[str, str]]  # where a form is sent, and what


@dataclass(frozen=True)
class Form:
    """A form and its two cases; `known` and `unknown` make ready and say what is sent."""

    known: Callable[["Bench"], Ask]
    unknown: Callable[["Bench"], Ask]
    method: str = "POST"


@dataclass
class Outcome:
    """What came of a form: what was answered in each case, and how long it took."""

    said: list[tuple[int, str]] = field(default_factory=list)
    seconds: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    @property
    def medians(self) -> tuple[float, float]:
        """How long each case took, in seconds."""
        known, unknown = map(statistics.median, self.seconds)
        return known, unknown

    @property
    def apart(self) -> float:
        """How far the medians are from each other, as a part of the longer one."""
        known, unknown = self.medians
        return abs(known - unknown) / max(known, unknown)


class Bench:
    """A clinic whose forms are sent by somebody signed out, each time from another address."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast = app, cast
        self.sent = 0
        treated = treat(cast.console)
        self.ben = account(cast.console, treated)
        self.link = link_to(cast.console, ask(cast.console, treated.patient_id))
        self.feed = feeds.make(by=cast.adam if cast.adam.roles & {Role.CLINICIAN} else cast.anna)
        enrolled = {"roles": [Role.CLINICIAN], "by": cast.console}
        self.invited = accounts.enrol(name="Ivo", email="ivo@example.org", **enrolled)
        self.shut = accounts.enrol(
            name="Sue", email="shut@example.org", password=PASSWORD, **enrolled
        )
        self.set(self.shut, active=False)

    def set(self, user_id: int, **values: object) -> None:
        """Change an account's row."""
        db.session.execute(update(User).where(User.id == user_id).values(**values))
        db.session.commit()

    def open_all(self) -> None:
        """Undo what earlier tries did to accounts."""
        db.session.execute(update(User).values(failed_count=0, closed_until=None))
        db.session.execute(delete(SignInBrake))
        db.session.execute(delete(UnlockLink))
        db.session.commit()

    def send(self, method: str, path: str, data: dict[str, str]) -> tuple[int, str, float]:
        """Send a form as a stranger; give status, words and seconds."""
        self.sent += 1
        here = {
            "REMOTE_ADDR": f"10.{self.sent >> 16 & 255}.{self.sent >> 8 & 255}.{self.sent & 255}"
        }
        browser = Browser(self.app)
        token = browser.open("/sign-in").value("csrf_token") or ""
        typed = {"csrf_token": token, **data} if method == "POST" else None
        began = time.perf_counter()
        answer = browser.client.open(path, method=method, data=typed, environ_base=here)
        took = time.perf_counter() - began
        words = answer.text + answer.headers.get("Location", "")
        for own in (token, path, *data.values()):
            words = words.replace(own, "")
        return answer.status_code, re.sub(r'(value|nonce|content)="[^"]*"', "", words), took

    def run(self, form: Form, tries: int) -> Outcome:
        """Send both cases in turn."""
        outcome, said = Outcome(), set()
        for number in range(tries + 1):
            for at, case in enumerate((form.known, form.unknown)):
                self.open_all()
                path, data = case(self)
                db.session.remove()
                status, words, took = self.send(form.method, path, data)
                said.add((status, words))
                if number:  # the first loads modules and fills caches
                    outcome.seconds[at].append(took)
        outcome.said = sorted(said)
        return outcome


def _sign_in(email: str, password: str = "not the password of anybody") -> Callable[[Bench], Ask]:
    return lambda _: ("/sign-in", {"email": email, "password": password})


def _name(path: str, email: str) -> Callable[[Bench], Ask]:
    return lambda _: (path, {"email": email})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _locked(bench: Bench) -> Ask:
    until = clock.now() + timedelta(hours=1)
    bench.set(bench.cast.adam.user_id, closed_until=until)
    return "/sign-in", {"email": ADAM, "password": PASSWORD}


def _old_token(path: str, **columns: str) -> Callable[[Bench], Ask]:
    """Send a token that was good once; `columns` of the account hold its hash and its instant."""

    def make(bench: Bench) -> Ask:
        then = clock.now() - LONG_AGO
        values = {name: then if name.endswith("_at") else columns[name] for name in columns}
        bench.set(bench.invited, **values)
        return path.format(token="t" * 43), {}

    return make


def _unknown_token(path: str) -> Callable[[Bench], Ask]:
    def make(bench: Bench) -> Ask:
        bench.set(bench.invited, name="Ivo")  # as much is written before as in the other case
        return path.format(token="u" * 43), {}

    return make


def _old_unlock(bench: Bench) -> Ask:
    made = {"user_id": bench.cast.anna.user_id, "made_at": clock.now() - LONG_AGO}
    db.session.add(UnlockLink(token_hash=_hash("t" * 43), **made))
    db.session.commit()
    return "/sign-in/unlock/" + "t" * 43, {}


def _reset(bench: Bench, *, whole: bool) -> Ask:
    """Send a link to set a password that a newer one ended, or one with letters changed."""
    user = db.session.get_one(User, bench.cast.anna.user_id)
    serializer = bench.app.extensions["security"].reset_serializer
    with bench.app.test_request_context():
        data = [user.fs_uniquifier, hash_data(user.password)]
        link, _ = serializer.dumps(data), db.session.commit()
    bench.set(user.id, reset_number=User.reset_number + 1)
    if not whole:
        link = link[:-4] + ("AAAA" if link[-4:] != "AAAA" else "BBBB")
    return f"/password/forgotten/{link}", {"password": "x", "password_confirm": "x"}


def _old_link(path: str) -> Callable[[Bench], Ask]:
    def make(bench: Bench) -> Ask:
        then = clock.now() - LONG_AGO
        db.session.execute(update(CheckInLink).values(made_at=then, ended_at=then, expires_at=then))
        db.session.commit()
        return path.format(token=bench.link), {}

    return make


def _old_feed(bench: Bench) -> Ask:
    bench.set(bench.cast.anna.user_id, active=False)
    return f"/calendar/feed/{bench.feed}.ics", {}


def _no_feed(bench: Bench) -> Ask:
    bench.set(bench.cast.anna.user_id, active=True)
    return f"/calendar/feed/{'u' * len(bench.feed)}.ics", {}


def _by_token(path: str, method: str = "POST", **columns: str) -> Form:
    return Form(_old_token(path, **columns), _unknown_token(path), method)


_WELCOME = {"invitation_hash": _hash("t" * 43), "invited_at": ""}
_E_MAIL = {"email_hash": _hash("t" * 43), "email_asked_at": "", "email_wanted": "w@example.org"}
# Each is named by its route; what comes after a colon tells several of one route apart.
FORMS: Mapping[str, Form] = {
    "security.login: wrong password": Form(_sign_in(ANNA), _sign_in(NOBODY)),
    "security.login: disabled": Form(_sign_in("shut@example.org", PASSWORD), _sign_in(NOBODY)),
    "security.login: never opened": Form(_sign_in("ivo@example.org"), _sign_in(NOBODY)),
    "security.login: locked, right password": Form(_locked, _sign_in(NOBODY)),
    "security.forgot_password": Form(
        _name("/password/forgotten", ANNA), _name("/password/forgotten", NOBODY)
    ),
    "account.ask_unlock": Form(_name("/sign-in/unlock", ANNA), _name("/sign-in/unlock", NOBODY)),
    "security.reset_password": Form(
        lambda bench: _reset(bench, whole=True), lambda bench: _reset(bench, whole=False)
    ),
    "security.reset_password: opened": Form(
        lambda bench: _reset(bench, whole=True), lambda bench: _reset(bench, whole=False), "GET"
    ),
    "account.welcome": _by_token("/welcome/{token}", **_WELCOME),
    "account.welcome: opened": _by_token("/welcome/{token}", "GET", **_WELCOME),
    "account.confirm_address": _by_token("/e-mail/{token}", **_E_MAIL),
    "account.unlock": Form(_old_unlock, _unknown_token("/sign-in/unlock/{token}")),
    "links.show": Form(_old_link("/links/{token}"), _unknown_token("/links/{token}"), "GET"),
    "links.begin": Form(_old_link("/links/{token}"), _unknown_token("/links/{token}")),
    "calendar.feed": Form(_old_feed, _no_feed, "GET"),
}
_HALF_IN = "asked only of whoever gave the right password; sends everybody else to sign in"
_BY_LINK = "asked only of whoever followed a good link; sends everybody else to sign in"
_IN = "asked only of whoever is signed in; sends everybody else to sign in"
_STOPS = "a link that was mailed stops mails however old it is, so none is over; opens nothing"
# What names no account and no link, and why.
ALIKE = {
    "security.logout": "ends one's own sign-in, and says the same where there is none",
    "security.two_factor_token_validation": _HALF_IN,
    "security.two_factor_setup": _HALF_IN,
    "security.two_factor_setup_validate": _HALF_IN,
    "security.tf_select": _HALF_IN,
    "security.mf_recovery": _HALF_IN,
    "security.mf_recovery_codes": _IN,
    "security.two_factor_rescue": "does not exist, for nobody",
    "security.verify": _IN,
    "security.change_password": _IN,
    "passkeys.set_up": _HALF_IN, "passkeys.second_step": _HALF_IN,
    "passkeys.sign_in": "finds an account by the random number of a passkey; nobody can name one",
    "links.stop": _STOPS, "links.stop_mail": _STOPS,
    "answers.answer": _BY_LINK, "answers.begin": _BY_LINK, "answers.decline": _BY_LINK,
    "answers.decline_one": _BY_LINK, "answers.save": _BY_LINK, "answers.send": _BY_LINK,
    "answers.use_earlier": _BY_LINK,
}  # fmt: skip


def open_forms(app: Flask) -> set[str]:
    """List the routes that somebody signed out can send a form to, or a secret in an address."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if ("POST" in (rule.methods or ()) or "token" in rule.arguments)
        and (is_public(rule.endpoint) or permission_of(rule.endpoint) is Permission.CHECK_IN_ANSWER)
    }


def listed_forms() -> set[str]:
    """List the routes that are measured, or are named with a reason."""
    return {name.partition(":")[0] for name in FORMS} | ALIKE.keys()


@contextmanager
def application(*, real_cost: bool = True) -> Iterator[tuple[Flask, Cast]]:
    """Give an application with two clinics; passwords cost what they do in a clinic."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config.make_keys(folder)
        databases.schema.upgrade(f"sqlite:///{folder / 'tracker.sqlite3'}")
        settings = config.read(folder, databases.ENVIRON)
        settings.mail_folder.mkdir(exist_ok=True)
        app = create_app(settings=dataclasses.replace(settings, testing=not real_cost))
        app.test_client_class = ApartClient
        with app.app_context():
            yield app, gather()
            db.session.remove()
            db.engine.dispose()


def _measure(app: Flask, cast: Cast, tries: int) -> list[str]:
    bench, faults = Bench(app, cast), []
    print(f"{'form':44} {'known':>9} {'unknown':>9}  apart")
    for name, form in FORMS.items():
        outcome = bench.run(form, tries)
        known, unknown = (1000 * value for value in outcome.medians)
        print(f"{name:44} {known:6.1f} ms {unknown:6.1f} ms  {outcome.apart:5.0%}", flush=True)
        if outcome.apart > APART:
            faults.append(f"{name}: the medians are {outcome.apart:.0%} apart")
        if len(outcome.said) > 1:
            faults.append(f"{name}: the two are answered otherwise")
    return faults


def main() -> int:
    """Measure every form, then try what is tried against a sign-in; say what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=TRIES, help="of each case of a form")
    parser.add_argument("--only", choices=("forms", "abuse"), help="one half of it")
    chosen = parser.parse_args()
    faults: list[str] = []
    if chosen.only != "abuse":
        with application() as (app, cast):
            if missing := open_forms(app) ^ listed_forms():
                faults.append(f"not in the list, or not there: {sorted(missing)}")
            faults += _measure(app, cast, chosen.tries)
    if chosen.only != "forms":
        for name, check in sign_in_abuse.CHECKS.items():
            with application(real_cost=False) as (app, cast):
                found = check(app, cast)
            print(f"{name:60} {found or 'holds'}", flush=True)
            faults += [f"{name}: {found}"] if found else []
    print("\n".join(faults) or "All of it holds.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
