"""A clinic with every kind of record, which is there again after whatever was stored in it."""

import dataclasses
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule

from tests import databases
from tests.browsing import ApartClient, Browser
from tests.builders import entries
from tests.databases import PostgresqlTemplates, SqliteTemplates
from tests.people import gather
from tests.web import test_access
from tracker import config, create_app
from tracker.models import db

# These are about a session that goes on.
UNDER_WAY = ("live.", "sessions.sign", "sessions.transfer", "checklists.")
NOT_STORED = ("INSERT INTO draft", "UPDATE draft", "INSERT INTO audit_event")


class Bench:
    """The application over a database that can be put back, and what was last written to it."""

    def __init__(self, folder: Path, *, server: str = "") -> None:
        self.folder = folder
        self.templates = PostgresqlTemplates(folder, server) if server else SqliteTemplates(folder)
        url = self.templates.copy(self._instance(), peopled=False)
        settings = config.read(self.instance, databases.ENVIRON | {"TRACKER_DATABASE_URL": url})
        # Whoever signed in is put back with the rest, however long ago that was.
        settings = dataclasses.replace(settings, testing=True, idle_minutes=600)
        self.app: Flask = create_app(settings=settings)
        self.app.test_client_class = ApartClient
        self.app.config["PROPAGATE_EXCEPTIONS"] = False  # a crash is an answer, and no right one
        self.url, self.written = url, list[str]()
        with self.app.app_context():
            cast = gather()
            self.scene = test_access.build(self.app, cast)
            self.live_id = entries.under_way(cast.anna, "L-1")
            self.cookies = {who: self._cookie(who) for who in self.people}
            event.listen(db.engine, "before_cursor_execute", self._listen)
            self.close()
        self.keep()

    people = ("nobody", test_access.HOLDER, test_access.BEN, test_access.ANNA, test_access.ADAM)

    def _instance(self) -> Path:
        self.instance = self.folder / "instance"
        self.instance.mkdir()
        shutil.copy(self.templates.keys, self.instance)
        return self.instance

    def _listen(self, _1: Any, _2: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE")) and not statement.startswith(NOT_STORED):
            many = parameters if isinstance(parameters, list) else [parameters]
            for one in many:
                values = one.values() if isinstance(one, dict) else one
                self.written += [value for value in values if isinstance(value, str)]

    def close(self) -> None:
        """Let go of the database."""
        db.session.remove()
        db.engine.dispose()

    def keep(self, name: str = "kept") -> None:
        """Keep the database as it is now."""
        with self.app.app_context():
            self.close()
        if isinstance(self.templates, SqliteTemplates):
            shutil.copy(self.instance / "tracker.sqlite3", self.folder / f"{name}.sqlite3")
        else:
            clone = self.templates.clone
            self.templates._run(f'DROP DATABASE IF EXISTS "{name}_{clone}"')
            self.templates._run(f'CREATE DATABASE "{name}_{clone}" TEMPLATE "{clone}"')

    def restore(self, name: str = "kept") -> None:
        """Put the kept database back."""
        with self.app.app_context():
            self.close()
        if isinstance(self.templates, SqliteTemplates):
            for end in ("-wal", "-shm"):
                Path(f"{self.instance / 'tracker.sqlite3'}{end}").unlink(missing_ok=True)
            shutil.copy(self.folder / f"{name}.sqlite3", self.instance / "tracker.sqlite3")
        else:
            clone = self.templates.clone
            self.templates.drop(self.url)
            self.templates._run(f'CREATE DATABASE "{clone}" TEMPLATE "{name}_{clone}"')

    def sign_in_anew(self) -> None:
        """Give everybody a fresh sign-in: some pages ask for the password after a while."""
        self.restore()
        with self.app.app_context():
            self.cookies = {who: self._cookie(who) for who in self.people}
            self.close()
        self.keep()

    def _cookie(self, who: str) -> str:
        browser = test_access.browser_of(self.scene, who)
        test_access.csrf(browser)  # from its first page on a browser has a token for forms
        cookie = browser.client.get_cookie("tracker")
        return cookie.value if cookie else ""

    def browser(self, who: str) -> Browser:
        """Give a browser of somebody who is signed in, with nothing opened in it yet."""
        browser = Browser(self.app)
        browser.client.set_cookie("tracker", self.cookies[who])
        return browser

    def path(self, rule: Rule) -> str:
        """Write the address of a route for Ben's records, or for the session that goes on."""
        with self.app.app_context():
            path = self.scene.fill(rule, "ben")
        if "session_id" in rule.arguments and rule.endpoint.startswith(UNDER_WAY):
            own = self.app.url_map.bind("localhost")
            path = own.build(rule.endpoint, {"session_id": self.live_id})
        return path.replace("/count", "/receive")


@contextmanager
def bench(folder: Path, kind: str = "sqlite") -> Iterator[Bench]:
    """Set the clinic up on SQLite or on a PostgreSQL of its own."""
    if kind == "sqlite":
        yield Bench(folder)
        return
    os.environ.pop("TEST_DATABASE_URL", None)
    with databases.postgresql_server(folder) as url:
        yield Bench(folder, server=url)
