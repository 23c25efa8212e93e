"""What stands round every page: the way to the rooms a person may enter, and whose clinic it is."""

from typing import Any

from flask import Flask, current_app, g, request
from msgspec import Struct

from tracker.config import Settings
from tracker.domain.access import Permission, allows
from tracker.web.addresses import address
from tracker.web.answers.safety import footer_safety
from tracker.web.progress.parts import parts


class Room(Struct, frozen=True):
    """A room to go to: whoever has the permission sees it, the seldom used under their name.

    `key` goes there after a `g`.
    """

    label: str
    endpoint: str
    permission: Permission
    key: str = ""
    seldom: bool = False


ROOMS = (
    Room("Today", "today.show", Permission.TODAY_VIEW, key="t"),
    Room("Calendar", "calendar.show", Permission.TODAY_VIEW, key="w"),
    Room("Alerts", "alerts.listing", Permission.ALERT_VIEW, key="a"),
    Room("Patients", "patients.listing", Permission.PATIENT_LIST, key="p"),
    Room("Check-ins", "check_ins.listing", Permission.CHECK_IN_VIEW),
    Room("My progress", "my.progress", Permission.OWN_RECORD_VIEW),
    Room("My check-ins", "answers.listing", Permission.OWN_RECORD_VIEW),
    Room("Outcomes", "outcomes.show", Permission.OUTCOMES_VIEW),
    Room("Stock", "stock.listing", Permission.STOCK_VIEW),
    Room("People", "people.listing", Permission.PEOPLE_MANAGE),
    Room("Clinic", "clinic.show", Permission.SETTINGS_MANAGE),
    Room("Audit", "audit.show", Permission.AUDIT_VIEW),
    Room("Export", "exports.show", Permission.CLINIC_EXPORT, seldom=True),
    Room("Import", "imports.show", Permission.CLINIC_IMPORT, seldom=True),
    Room("Account", "account.show", Permission.ACCOUNT_USE, seldom=True),
)
_BAR = ("ways", "find", "account")  # macros of components/frame.html


class MenuItem(Struct, frozen=True):
    """A way to a room; `current` when the page is in it, `count` what waits there."""

    label: str
    url: str
    current: bool
    key: str
    count: int


def _menu(*, seldom: bool) -> list[MenuItem]:
    here = request.blueprint or ""
    return [
        MenuItem(
            room.label,
            address(room.endpoint),
            room.endpoint.split(".")[0] == here,
            room.key if allows(g.actor, Permission.PATIENT_LIST) else "",
            g.open_alerts if room.permission is Permission.ALERT_VIEW else 0,
        )
        for room in ROOMS
        if room.seldom is seldom and allows(g.actor, room.permission)
    ]


def _bar() -> tuple[str, ...]:
    """Lay the bar of whoever is signed in out: the menu, the search, and their account."""
    two_step: bool = current_app.config["SECURITY_TWO_FACTOR"]
    alerts = g.open_alerts if allows(g.actor, Permission.ALERT_VIEW) else 0

    def values() -> dict[str, object]:
        return {
            "menu": _menu(seldom=False),
            "seldom": _menu(seldom=True),
            "actor": g.actor,
            "two_step": two_step,
            "finds": allows(g.actor, Permission.PATIENT_LIST),
        }

    return parts(
        "components/frame.html", _BAR, (g.actor, request.blueprint, two_step, alerts), values
    )


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
            "keep_minutes": settings.idle_minutes,  # of a page that is kept on a patient's device
            "alive_url": address("home.alive") if signed_in else "",
            "footer_safety": footer_safety,
        }
