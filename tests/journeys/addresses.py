"""The kinds of page that each role can reach, and where a furnished clinic has them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import Page
from tracker import config, create_app
from tracker.models import db
from tracker.services.demo import clinic as demo_clinic

STRANGER = "stranger"
ROLES = (STRANGER, *(offer.role for offer in demo_clinic.OFFERS))
# Of a kind so many records: a second one may show what the first does not have.
RECORDS = 2
READ_ONLY = {"/patients/N/": 40, "/patients/N/eligibilities/": 40}
FILES = re.compile(r"sign-out|/static/|\.zip|\.csv|\.pdf|\.ics|\.svg|\.png")
# What everybody reads alike, and is looked at as a stranger alone.
FOR_ALL = "/guide/"

_OF_ANYBODY_SIGNED_IN = (
    "/account/", "/account/e-mail", "/account/name", "/account/passkeys/new", "/password/change",
    "/second-step/recovery-codes", "/second-step/set-up",
)  # fmt: skip
# Held to what links lead to by a test, so that a new kind of page is looked at from its first day.
KINDS: Mapping[str, tuple[str, ...]] = {
    STRANGER: (
        "/guide/", "/guide/access", "/guide/backups", "/guide/before-and-after-a-session",
        "/guide/controlled-drug-ledger", "/guide/during-a-session", "/guide/eligibility",
        "/guide/for-administrators", "/guide/for-clinicians", "/guide/for-patients",
        "/guide/from-install-to-first-patient", "/guide/glossary", "/guide/import-and-export",
        "/guide/instruments", "/guide/outcomes",
        "/guide/rems-worksheets", "/guide/safety-checks", "/guide/several-servers",
        "/guide/what-the-picture-shows",
        "/password/forgotten", "/sign-in", "/sign-in/unlock",
    ),
    "clinician": (
        *_OF_ANYBODY_SIGNED_IN,
        "/alerts/", "/alerts/N/", "/calendar/", "/calendar/add", "/check-ins/",
        "/check-ins/N/withdraw", "/diary/words", "/eligibilities/N/",
        "/exports/", "/health-lists/N/end", "/imports/", "/outcomes/", "/outcomes/analysis",
        "/outcomes/claims", "/outcomes/definitions", "/outcomes/needs", "/outcomes/people",
        "/outcomes/pictures", "/outcomes/safety", "/outcomes/safety/sessions",
        "/patients/",
        "/patients/N/", "/patients/N/account", "/patients/N/archive",
        "/patients/N/check-ins", "/patients/N/check-ins/new", "/patients/N/diary",
        "/patients/N/edit",
        "/patients/N/eligibilities/", "/patients/N/eligibilities/new",
        "/patients/N/letter", "/patients/N/outcomes",
        "/patients/N/health-lists/", "/patients/N/health-lists/new", "/patients/N/invite",
        "/patients/N/safety-checks/", "/patients/N/safety-checks/new", "/patients/N/scores/",
        "/patients/N/scores/answers/anxiety-nrs", "/patients/N/scores/answers/craving-nrs",
        "/patients/N/scores/answers/dissociation", "/patients/N/scores/answers/urinary",
        "/patients/N/scores/answers/gad2", "/patients/N/scores/answers/gad7",
        "/patients/N/scores/answers/mood-nrs", "/patients/N/scores/answers/pain-nrs",
        "/patients/N/scores/answers/pcl5", "/patients/N/scores/answers/pcl5-week",
        "/patients/N/scores/answers/peg", "/patients/N/scores/answers/phq2",
        "/patients/N/scores/answers/phq9", "/patients/N/scores/answers/who5",
        "/patients/N/scores/new", "/patients/N/series/new",
        "/patients/new", "/safety-checks/", "/safety-checks/N/void", "/scores/N/", "/scores/N/void",
        "/series/N/", "/series/N/edit", "/series/N/move",
        "/series/N/schedule", "/series/N/sessions/new", "/series/N/sessions/plan",
        "/series/N/state", "/sessions/N/",
        "/sessions/N/amend", "/sessions/N/discharge", "/sessions/N/follow-up", "/sessions/N/gate",
        "/sessions/N/live/", "/sessions/N/move", "/sessions/N/record", "/sessions/N/not-held",
        "/sessions/N/sign", "/sessions/N/transfer", "/sessions/N/void", "/sessions/N/worksheet",
        "/sessions/N/worksheet/complete",
        "/sessions/N/worksheet/edit", "/stock/", "/stock/entries/N/reverse", "/stock/lots/N/",
        "/stock/lots/N/count", "/stock/lots/N/edit", "/stock/lots/N/give",
        "/stock/lots/N/receive", "/stock/lots/N/return", "/stock/lots/N/waste", "/stock/lots/new",
        "/today/", "/today/board", "/worksheets/",
    ),
    "administrator": (
        *_OF_ANYBODY_SIGNED_IN,
        "/audit/", "/audit/unusual", "/clinic/", "/clinic/backups", "/clinic/outcomes",
        "/clinic/planning", "/clinic/treatment",
        "/people/", "/people/N/", "/people/N/change", "/people/N/disable", "/people/N/roles",
        "/people/invite",
    ),
    "patient": (
        *_OF_ANYBODY_SIGNED_IN,
        "/account/reminders", "/answers/", "/answers/N/", "/answers/N/decline",
        "/diary/", "/diary/N/note", "/diary/N/now", "/diary/talk", "/my/", "/my/download",
        "/my/looks", "/my/summary", "/my/sessions/N/",
    ),
}  # fmt: skip


def kind_of(address: str) -> str:
    """Name the kind of page at an address: its path, with N for the number of a record."""
    return re.sub(r"(?<=/)\d+(?=/|$)", "N", urlsplit(address).path)


def signed_in(app: Flask, role: str) -> FlaskClient:
    """Give a client that one of the demonstration's accounts is signed in with, or nobody."""
    client = app.test_client()
    for offer in demo_clinic.OFFERS:
        if offer.role == role:
            token = Page(client.get("/sign-in").text).value("csrf_token")
            told = {"csrf_token": token, "email": offer.email, "password": offer.password}
            assert client.post("/sign-in", data=told).status_code == 302
    return client


def crawl(client: FlaskClient) -> Iterator[tuple[str, Page]]:
    """Follow links from page to page; of pages of one kind, the first few that are met.

    Which patients Today names first follows the hour. So the pages of many are read for what they
    lead to, and the first few of them given.
    """
    todo, asked, met = ["/"], set[str](), dict[str, set[str]]()
    while todo:
        address = todo.pop(0).split("#")[0]
        if address in asked or FILES.search(address):
            continue
        kind = kind_of(address)
        if len(met.setdefault(kind, set())) >= READ_ONLY.get(kind, RECORDS):
            continue
        asked.add(address)
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == 200, (address, answer.status_code)
        if answer.history:
            address = answer.request.path
        if address in met.setdefault(kind_of(address), set()):
            continue
        met[kind_of(address)].add(address)
        page = Page(answer.text)
        if len(met[kind_of(address)]) <= RECORDS:
            yield address, page
        found = (urljoin(address, link) for link in page.links)
        todo += [link for link in found if link.startswith("/")]


def gather(instance: Path) -> dict[str, dict[str, list[str]]]:
    """List the addresses of each kind, by role, in the order in which links lead to them."""
    app = create_app(settings=config.read(instance, {}))
    found: dict[str, dict[str, list[str]]] = {}
    for role in ROLES:
        for address, _ in crawl(signed_in(app, role)):
            found.setdefault(role, {}).setdefault(kind_of(address), []).append(address)
    with app.app_context():
        db.engine.dispose()
    return found
