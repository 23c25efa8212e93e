"""The real data sets, where this machine has them, and the scales they use."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tracker.domain.instruments.model import Instrument
from tracker.instruments import library

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture
def real_data() -> Callable[[str], bytes]:
    """Read a file of the shared data sets; skip where there are none."""

    def read(path: str) -> bytes:
        file = SHARED / path
        if not file.is_file():
            pytest.skip(f"the shared data set {path} is not on this machine")
        return file.read_bytes()

    return read


@pytest.fixture(scope="session")
def instruments() -> dict[str, Instrument]:
    """The scales that ship with the tracker."""
    return library()
