"""The server that tests/benchmarks/pages.py measures: the application, and what measures it."""

import json
import sys
from pathlib import Path
from typing import Any

import waitress
from flask import Flask, request

from tests.benchmarks._bare import hello_and_measure
from tests.browsing import Browser
from tests.courses import Treated, account, treat
from tests.people import ANNA, BEN, gather
from tracker import config, create_app
from tracker.services import drawing, pictures

SESSIONS, SCORES = 12, 24


def beside(application: Flask, treated: Treated) -> Flask:
    """Make what the measuring process asks this one, beside the application."""
    app = hello_and_measure()
    drawn = iter(range(10**9))
    with application.app_context():
        course = pictures.progress(treated.patient_id, by=gathered.anna)

    @app.get("/bare/draw")
    def draw() -> str:
        # A tag of its own each time: every one is drawn, and kept for as long as there is room.
        for _ in range(int(request.args["times"])):
            drawing.Picture(str(next(drawn)), "svg", "desktop", "light", lambda: course).content()
        return "drawn"

    return app


def cookie_of(application: Flask, email: str) -> str:
    """Sign somebody in and give their cookie."""
    client = Browser(application)(email).client
    cookie = client.get_cookie("tracker")
    assert cookie is not None
    return f"tracker={cookie.value}"


folder = Path(sys.argv[1])
config.make_keys(folder)
environ = {
    "TRACKER_DATABASE_URL": f"sqlite:///{folder / config.DATABASE_FILE}",
    "TRACKER_SECURE_COOKIES": "no",
    "TRACKER_STAFF_SECOND_FACTOR": "no",
}
served = create_app(settings=config.read(folder, environ))
with served.app_context():
    gathered = gather()
    patient = treat(gathered.anna, sessions=SESSIONS, scores=SCORES, pain_before=6, pain_after=4)
    account(gathered.console, patient)
other = beside(served, patient)


def both(environ: dict[str, Any], start: Any) -> Any:
    """Answer for the application, or for what stands beside it."""
    answer = other if environ["PATH_INFO"].startswith("/bare/") else served
    return answer(environ, start)


server = waitress.create_server(both, host="127.0.0.1", port=0)
facts = {
    "port": server.effective_port,
    "cookie": cookie_of(served, ANNA),
    "patient_cookie": cookie_of(served, BEN),
    "patient_page": f"/patients/{patient.patient_id}/",
    "picture": f"/patients/{patient.patient_id}/progress.svg",
}
print(json.dumps(facts), flush=True)
server.run()
