"""Where and when invented sessions take place."""

from datetime import time
from typing import Any

CHAIRS = ("Chair 1", "Chair 2", "Chair 3")
TIMES = (time(9), time(11), time(14))
# The demonstration has sessions today on whatever day it is shown.
EVERY_DAY = tuple(range(7))
PREPARATION = (
    "Do not eat for 6 hours and do not drink for 2 hours before you come.\n"
    "Bring somebody who takes you home. Do not drive until the next morning, after a good sleep."
)


def place_of(number: int) -> dict[str, Any]:
    """Say at what time and in which chair the series of a patient take place, by their number."""
    return {
        "planned_time": TIMES[number // len(CHAIRS) % len(TIMES)],
        "chair": CHAIRS[number % len(CHAIRS)],
        "weekdays": EVERY_DAY,
    }
