"""Pictures of outcomes of 10,000 invented courses: seconds a picture, and what stays in memory.

Each is prepared and drawn as SVG for a desk. Run alone: python -m tests.benchmarks outcome_pictures
"""

import gc
import time
import tracemalloc
from collections.abc import Iterator

from tests.benchmarks._figures import Figure
from tracker.charts import render
from tracker.charts.outcomes import picture
from tracker.charts.outcomes.sheet import DESKTOP
from tracker.charts.style import LIGHT
from tracker.domain.demo import many_courses
from tracker.domain.outcomes.pictures.picture import OutcomePicture
from tracker.instruments import library

COURSES = 10_000
SECONDS_MAX = 1.5
GROWTH_MAX_MIB = 1.0
ROUNDS = 3


def draw(prepared: OutcomePicture) -> float:
    """Draw a picture; give the CPU seconds."""
    began = time.process_time()
    render.svg(picture.draw(prepared, shape=DESKTOP, theme=LIGHT))
    return time.process_time() - began


def run() -> Iterator[Figure]:
    """Measure the slowest picture, and what all of them leave behind."""
    found = many_courses.pictures(many_courses.invent(COURSES), library()["phq9"])
    slowest = max(min(draw(one) for _ in range(ROUNDS)) for one in found)
    yield Figure("the slowest picture of 10,000 courses, CPU s", round(slowest, 2), SECONDS_MAX)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(ROUNDS):
        for one in found:
            draw(one)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    grown = round((after - before) / 2**20, 2)
    yield Figure("growth over 33 such pictures, MiB", grown, GROWTH_MAX_MIB)
