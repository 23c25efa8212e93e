"""What stands round every page: the way to the rooms a person may enter, and whose clinic it is."""

from typing import Any

from flask import Flask, current_app, g, request
from msgspec import Struct

from tracker.config import Settings
from tracker.domain.access import Permission, allows
from tracker.web.addresses import address
from tracker.web.answers.safety import own_safety

# label, endpoint, permission; shown in this order to whoever may.
ROOMS = (
    ("Today", "today.show", Permission.TODAY_VIEW),
    ("Alerts", "alerts.listing", Permission.ALERT_VIEW),
    ("Patients", "patients.listing", Permission.PATIENT_LIST),
    ("Check-ins", "check_ins.listing", Permission.CHECK_IN_VIEW),
    ("My progress", "my.progress", Permission.OWN_RECORD_VIEW),
    ("My check-ins", "answers.listing", Permission.OWN_RECORD_VIEW),
    ("Stock", "stock.listing", Permission.STOCK_VIEW),
    ("Export", "exports.show", Permission.CLINIC_EXPORT),
    ("Import", "imports.show", Permission.CLINIC_IMPORT),
    ("People", "people.listing", Permission.PEOPLE_MANAGE),
    ("Clinic", "clinic.show", Permission.SETTINGS_MANAGE),
    ("Audit", "audit.show", Permission.AUDIT_VIEW),
    ("Account", "account.show", Permission.ACCOUNT_USE),
)


class MenuItem(Struct, frozen=True):
    """A way to a room; `current` when the page is in it."""

    label: str
    url: str
    current: bool


def _menu() -> list[MenuItem]:
    actor = g.get("actor")
    if actor is None:
        return []
    here = request.blueprint or ""
    return [
        MenuItem(label, address(endpoint), endpoint.split(".")[0] == here)
        for label, endpoint, permission in ROOMS
        if allows(actor, permission)
    ]


def init_app(app: Flask) -> None:
    """Give every template what its frame needs, without asking the database."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        settings: Settings = current_app.extensions["settings"]
        clinic, actor = g.get("clinic"), g.get("actor")
        signed_in = actor is not None and actor.user_id is not None  # no link signs anybody in
        return {
            "menu": _menu(),
            "clinic_name": clinic.name if clinic else "Session tracker",
            "demo": settings.demo,
            "idle_minutes": settings.idle_minutes if signed_in else None,
            "alive_url": address("home.alive") if signed_in else "",
            "own_safety": own_safety(),
        }
