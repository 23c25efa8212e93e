"""A demonstration clinic of a fixed day, drawn from a fixed seed: what is counted in it stays."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import time_machine
from flask import Flask

from tests.browsing import ApartClient
from tests.gates import asking
from tests.gates.asking import Cost
from tracker import config, create_app
from tracker.models import db
from tracker.services.demo import clinic as demo_clinic
from tracker.services.system import database as system_database

NOON = datetime(2026, 6, 10, 16, 0, tzinfo=UTC)  # a Wednesday, far from a change of the clocks


@pytest.fixture(scope="session")
def clinic(memory: Path) -> Flask:
    """An application with a database of its own, in which nothing is yet."""
    instance = memory / "gates"
    instance.mkdir()
    config.make_keys(instance)
    (instance / config.DEMO_FILE).write_text("demonstration", encoding="utf-8")
    settings = config.read(instance, {})
    settings.mail_folder.mkdir()
    system_database.upgrade(settings.database_url, instance)
    app = create_app(settings=settings)
    app.test_client_class = ApartClient
    return app


@pytest.fixture(scope="session")
def costs(clinic: Flask) -> dict[str, Cost]:
    """What every page costs, asked once while the clock stands still."""
    with time_machine.travel(NOON, tick=False), pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            secrets, "randbelow", Random(demo_clinic.SEED).randrange
        )  # ids, and their order
        found = asking.costs(clinic)
    with clinic.app_context():
        db.engine.dispose()
    return found
