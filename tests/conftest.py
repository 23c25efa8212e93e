"""Fixtures that every test may use: an instance, an application, its people, a test browser."""

import dataclasses
import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tests import databases
from tests.browsing import ApartClient, Browser
from tests.people import Cast
from tracker import config, create_app
from tracker.models import db


class CompiledTemplates(BytecodeCache):
    """Compiled templates that outlive an application: each test makes one, the pages stay."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from the same source."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays; looking through it took a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked so on SQLite and on PostgreSQL; every other runs on SQLite alone."""
    both = metafunc.definition.get_closest_marker("both_databases")
    if both and "templates" in metafunc.fixturenames:
        metafunc.parametrize("templates", BOTH, indirect=True)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> databases.SqliteTemplates:
    """SQLite files to copy."""
    return databases.SqliteTemplates(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_templates(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[databases.PostgresqlTemplates]:
    """A running PostgreSQL with databases to clone."""
    with databases.postgresql_server(tmp_path_factory.mktemp("server")) as url:
        yield databases.PostgresqlTemplates(tmp_path_factory.mktemp("postgresql"), url)


@pytest.fixture
def templates(request: pytest.FixtureRequest) -> databases.Templates:
    """What the test's database is copied from."""
    kind = getattr(request, "param", "sqlite")
    found: databases.Templates = request.getfixturevalue(f"{kind}_templates")
    return found


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, templates: databases.Templates, tmp_path: Path
) -> Iterator[str]:
    """A fresh, migrated database; the cast is in it if the test asks for them."""
    url = templates.copy(tmp_path, peopled="cast" in request.fixturenames)
    yield url
    templates.drop(url)


@pytest.fixture
def settings(database_url: str, templates: databases.Templates, tmp_path: Path) -> config.Settings:
    """The settings of a fresh instance."""
    shutil.copy(templates.keys, tmp_path)
    environ = databases.ENVIRON | {"TRACKER_DATABASE_URL": database_url}
    return dataclasses.replace(config.read(tmp_path, environ), testing=True)


@pytest.fixture
def app(settings: config.Settings) -> Iterator[Flask]:
    """The application, with a context open."""
    app = create_app(settings=settings)
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = ApartClient
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def cast(app: Flask, templates: databases.Templates) -> Cast:
    """Two clinics and their staff."""
    return templates.cast


@pytest.fixture
def browse(app: Flask, cast: Cast) -> Browser:
    """A test browser that inspects every page it opens; call it with an e-mail to sign in."""
    return Browser(app)
