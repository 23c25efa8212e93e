"""Fixtures that every test may use: an instance, an application, its people, a test browser."""

import dataclasses
import gc
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings

from tests import databases
from tests.applications import Applications
from tests.browsing import Browser
from tests.builders.patients import a_patient
from tests.people import Cast
from tests.runs import machine
from tracker import config
from tracker.domain.access import Actor

# How long an example takes says something about the machine, and no test asks a clock.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")

APPLICATIONS = Applications()
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_configure(config: pytest.Config) -> None:
    """Let workers find compiled modules, and one list of fonts."""
    machine.keep_compiled(config)
    machine.keep_fonts(config)


def pytest_xdist_auto_num_workers() -> int | None:
    """Say how many workers a run has."""
    return machine.workers()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=machine.place)


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
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where a commit waits for no disk."""
    with tempfile.TemporaryDirectory(dir=databases.fastest(tmp_path_factory.getbasetemp())) as name:
        yield Path(name)


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
def instance(templates: databases.Templates, memory: Path) -> Iterator[Path]:
    """A folder with keys. Each is the same place, so that an application can be used again."""
    folder = memory / type(templates).__name__
    folder.mkdir()
    shutil.copy(templates.keys, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, templates: databases.Templates, instance: Path
) -> Iterator[str]:
    """A fresh, migrated database; the cast is in it if the test asks for them."""
    url = templates.copy(instance, peopled="cast" in request.fixturenames)
    yield url
    templates.drop(url)


@pytest.fixture
def settings(database_url: str, instance: Path) -> config.Settings:
    """The settings of a fresh instance."""
    environ = databases.ENVIRON | {"TRACKER_DATABASE_URL": database_url}
    return dataclasses.replace(config.read(instance, environ), testing=True)


@pytest.fixture
def app(settings: config.Settings) -> Iterator[Flask]:
    """The application, with a context open."""
    app = APPLICATIONS.take(settings)
    with app.app_context():
        yield app
        APPLICATIONS.leave(settings)


@pytest.fixture
def cast(app: Flask, templates: databases.Templates) -> Cast:
    """Two clinics and their staff."""
    return templates.cast


@pytest.fixture
def anna(cast: Cast) -> Actor:
    """The clinician who treats Ben."""
    return cast.anna


@pytest.fixture
def patient(anna: Actor) -> int:
    """Ben, and nothing but him."""
    return a_patient(anna)


@pytest.fixture
def browse(app: Flask, cast: Cast) -> Browser:
    """A test browser that inspects every page it opens; call it with an e-mail to sign in."""
    return Browser(app)
