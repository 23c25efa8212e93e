"""Fixtures that every test may use: an instance, an application, its people, a test browser."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests import databases
from tests.browsing import ApartClient, Browser
from tests.people import Cast, gather
from tracker import config, create_app
from tracker.models import db


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    return databases.sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgresql_templates(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[databases.PostgresqlTemplates]:
    """A running PostgreSQL with a migrated database to clone."""
    with databases.postgresql_server(tmp_path_factory.mktemp("server")) as url:
        yield databases.PostgresqlTemplates(url)


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> Iterator[str]:
    """A fresh, migrated database. Folders whose tests run on both parametrize it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield databases.sqlite_copy(sqlite_template, tmp_path)
        return
    templates: databases.PostgresqlTemplates = request.getfixturevalue("postgresql_templates")
    url = templates.clone()
    yield url
    templates.drop(url)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> config.Settings:
    """The settings of a fresh instance."""
    config.make_keys(tmp_path)
    environ = {
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_SECURE_COOKIES": "no",
        "TRACKER_STAFF_SECOND_FACTOR": "no",
    }
    return dataclasses.replace(config.read(tmp_path, environ), testing=True)


@pytest.fixture
def app(settings: config.Settings) -> Iterator[Flask]:
    """The application, with a context open."""
    app = create_app(settings=settings)
    app.test_client_class = ApartClient
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Two clinics and their staff."""
    return gather()


@pytest.fixture
def browse(app: Flask, cast: Cast) -> Browser:
    """A test browser that inspects every page it opens; call it with an e-mail to sign in."""
    return Browser(app)
