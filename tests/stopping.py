"""Stop the clock: the one way in which tests say what time it is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine


def stopped_at(instant: datetime) -> Any:
    """Make a fixture of a module: in each of its tests time stands still, and can be moved."""

    @pytest.fixture(autouse=True)
    def stopped() -> Iterator[time_machine.Traveller]:
        with time_machine.travel(instant, tick=False) as traveller:
            yield traveller

    return stopped
