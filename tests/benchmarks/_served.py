"""The server that tests/benchmarks/pages.py measures: the application, and what measures it."""

import json
import sys
from pathlib import Path
from typing import Any

import waitress
from flask import Flask, request

from tests.benchmarks._bare import hello_and_measure
from tracker import config, create_app
from tracker.services.clinic import clinics
from tracker.services.progress import drawing
from tracker.services.progress import pictures as progress_pictures

ENVIRON = {"TRACKER_SECURE_COOKIES": "no", "TRACKER_STAFF_SECOND_FACTOR": "no"}


def beside(application: Flask, facts: dict[str, Any]) -> Flask:
    """Make what the measuring process asks this one, beside the application."""
    app = hello_and_measure()
    drawn = iter(range(10**9))
    with application.app_context():
        by = clinics.console(facts["clinic_id"])
        course = progress_pictures.progress(facts["patient_id"], by=by)

    @app.get("/bare/draw")
    def draw() -> str:
        # A tag of its own each time: every one is drawn, and kept for as long as there is room.
        for _ in range(int(request.args["times"])):
            drawing.Picture(str(next(drawn)), "svg", "desktop", "light", lambda: course).content()
        return "drawn"

    return app


folder = Path(sys.argv[1])
furnished: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
served = create_app(settings=config.read(folder, ENVIRON))
other = beside(served, furnished)


def both(environ: dict[str, Any], start: Any) -> Any:
    """Answer for the application, or for what stands beside it."""
    answer = other if environ["PATH_INFO"].startswith("/bare/") else served
    return answer(environ, start)


server = waitress.create_server(both, host="127.0.0.1", port=0)
print(json.dumps(furnished | {"port": server.effective_port}), flush=True)
server.run()
