"""The server that is measured: the application, and beside it what measures it and draws."""

import json
import os
import sys
from itertools import count, cycle
from pathlib import Path
from typing import Any

import waitress
from flask import Flask, request

from tests.benchmarks._bare import hello_and_measure
from tests.builders import session_logs
from tests.charts import courses
from tracker.cli import instance
from tracker.services.clinic import clinics
from tracker.services.people.tries import TryLimit
from tracker.services.progress import drawing
from tracker.services.progress import pictures as progress_pictures
from tracker.web.exports import limits

ENVIRON = {"TRACKER_SECURE_COOKIES": "no", "TRACKER_STAFF_SECOND_FACTOR": "no"}


def beside(application: Flask, facts: dict[str, Any]) -> Flask:
    """Make what the measuring process asks this one, beside the application."""
    app = hello_and_measure()
    tags = count()
    with application.app_context():
        by = clinics.console(facts["clinic_id"])
        course = progress_pictures.progress(facts["patient_id"], by=by)
    prepared = {
        "course": course,
        "session": session_logs.stopped_infusion(),
        "first session of a course": courses.one(),
        "session with one reading": session_logs.one_reading(),
    }

    @app.get("/bare/draw")
    def draw() -> str:
        """Draw a number of pictures, by turns one of each subject and kind that is asked for."""
        asked = request.args
        kinds = [(s, k) for s in asked.getlist("subject") for k in asked.getlist("kind")]
        turns = zip(range(asked.get("times", 1, int)), cycle(kinds), strict=False)
        for _, (subject, kind) in turns:
            # A tag of its own each time: every one is drawn, and kept while there is room.
            value, shape = prepared[subject], asked.get("shape", "desktop")
            drawing.Picture(str(next(tags)), kind, shape, "light", lambda v=value: v).content()
        return "drawn"

    return app


def measurable(folder: str) -> Any:
    """Make a WSGI application that answers for the tracker and for what stands beside it."""
    facts = json.loads((Path(folder) / "facts.json").read_text(encoding="utf-8"))
    os.environ.update(ENVIRON)
    served = instance.start(Path(folder))  # as `tracker serve` does
    limits.FILES = TryLimit(1_000_000, minutes=10)  # one person takes two hundred copies here
    other = beside(served, facts)

    def both(environ: dict[str, Any], start: Any) -> Any:
        return (other if environ["PATH_INFO"].startswith("/bare/") else served)(environ, start)

    return both


if __name__ == "__main__":
    waitress.serve(measurable(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), _quiet=True)
