"""Furnish an instance for a measured server: a treated patient, two people signed in.

In a process of its own: what makes test data is no part of a server's memory.
"""

import json
import sys
from pathlib import Path

from flask import Flask

from tests import databases
from tests.browsing import Browser
from tests.builders.courses import account, treat
from tests.people import ANNA, BEN, gather
from tracker import config, create_app

SESSIONS, SCORES = 12, 24
ENVIRON = {"TRACKER_SECURE_COOKIES": "no", "TRACKER_STAFF_SECOND_FACTOR": "no"}


def cookie_of(application: Flask, email: str) -> str:
    """Sign somebody in and give their cookie, as a browser has it from the first page on."""
    client = Browser(application)(email).client
    client.get("/account/")
    cookie = client.get_cookie("tracker")
    assert cookie is not None
    return f"tracker={cookie.value}"


folder = Path(sys.argv[1])
databases.sqlite_copy(databases.sqlite_template(folder), folder)
config.make_keys(folder)
application = create_app(settings=config.read(folder, ENVIRON))
with application.app_context():
    gathered = gather()
    patient = treat(gathered.anna, sessions=SESSIONS, scores=SCORES, pain_before=6, pain_after=4)
    account(gathered.console, patient)
patient_page = f"/patients/{patient.patient_id}/"
series_page = f"/series/{patient.series_id}/"
session_page = f"/sessions/{patient.session_ids[-1]}/"
facts = {
    "patient_id": patient.patient_id,
    "clinic_id": gathered.anna.clinic_id,
    "cookie": cookie_of(application, ANNA),
    "patient_cookie": cookie_of(application, BEN),
    "patient_page": patient_page,
    "picture": f"{patient_page}progress.svg",
    "pages": [
        patient_page, f"{patient_page}edit", f"{patient_page}scores/", f"{patient_page}check-ins",
        session_page, f"{session_page}amend", f"{series_page}edit",
        series_page, "/patients/", "/patients/new", "/today/", "/alerts/",
        "/check-ins/", "/worksheets/", "/stock/", "/guide/", "/account/",
        "/my/", "/my/looks",
    ],
    "copy": "/my/download.zip",
}  # fmt: skip
(folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
