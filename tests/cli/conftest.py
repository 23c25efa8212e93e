"""An instance that a newcomer has set up, to be copied."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.domain import date_format
from tracker.domain.date_format import DateFormat

INIT = (
    "init", "--clinic", "Harbour", "--time-zone", "America/New_York", "--country", "US",
    "--name", "Ada", "--email", "ada@example.org", "--password", "seven tired horses walk home",
)  # fmt: skip


@pytest.fixture(autouse=True)
def usual_date_format() -> Iterator[None]:
    """Leave as a program ends: how the clinic of a command writes days is over with it."""
    yield
    date_format.using(DateFormat())


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance that nobody works in."""
    folder = tmp_path_factory.mktemp("set-up") / "clinic"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKER_INSTANCE", str(folder))
        patch.delenv("TRACKER_DATABASE_URL", raising=False)
        result = CliRunner().invoke(main, list(INIT), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder
