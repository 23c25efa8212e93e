"""What stands round every page: the way to the rooms a person may enter, and whose clinic it is."""

from typing import Any

from flask import Flask, current_app, g, request
from msgspec import Struct

from tracker.config import Settings
from tracker.domain.access import Permission, allows
from tracker.web.addresses import address
from tracker.web.answers.safety import own_safety
from tracker.web.progress.parts import parts

# label, endpoint, permission; shown in this order to whoever may.
ROOMS = (
    ("Today", "today.show", Permission.TODAY_VIEW),
    ("Calendar", "calendar.show", Permission.TODAY_VIEW),
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
_BAR = ("ways", "account")  # macros of components/frame.html


class MenuItem(Struct, frozen=True):
    """A way to a room; `current` when the page is in it."""

    label: str
    url: str
    current: bool


def _menu() -> list[MenuItem]:
    here = request.blueprint or ""
    return [
        MenuItem(label, address(endpoint), endpoint.split(".")[0] == here)
        for label, endpoint, permission in ROOMS
        if allows(g.actor, permission)
    ]


def _bar() -> tuple[str, ...]:
    """Lay the bar of whoever is signed in out: the menu, and their account."""
    two_step: bool = current_app.config["SECURITY_TWO_FACTOR"]

    def values() -> dict[str, object]:
        return {"menu": _menu(), "actor": g.actor, "two_step": two_step}

    return parts("components/frame.html", _BAR, (g.actor, request.blueprint, two_step), values)


def init_app(app: Flask) -> None:
    """Give every template what its frame needs, without asking the database."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        settings: Settings = current_app.extensions["settings"]
        clinic, actor = g.get("clinic"), g.get("actor")
        signed_in = actor is not None and actor.user_id is not None  # no link signs anybody in
        return {
            "bar": _bar,
            "clinic_name": clinic.name if clinic else "Session tracker",
            "demo": settings.demo,
            "idle_minutes": settings.idle_minutes if signed_in else None,
            "alive_url": address("home.alive") if signed_in else "",
            "own_safety": own_safety(),
        }
