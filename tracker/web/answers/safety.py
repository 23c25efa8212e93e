"""The ways to help that every page of a check-in offers, as the clinic set them."""

import re
from collections.abc import Mapping
from typing import Any

from flask import g
from msgspec import Struct
from msgspec.structs import asdict, replace

from tracker.domain.access import Actor
from tracker.domain.clinic.labels import UNCHOSEN
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.problems import NotFoundError
from tracker.services.clinic import clinics
from tracker.services.people.logins import ClinicView

_NOT_DIALLED = re.compile(r"[^0-9+*#]+")


class ContactOption(Struct, frozen=True):
    """A number to reach somebody at, as it is read and as a phone dials it."""

    number: str
    name: str = ""

    @property
    def call(self) -> str:
        """The address that calls it."""
        return f"tel:{self._dial_number}"

    @property
    def text(self) -> str:
        """The address that writes a text message to it."""
        return f"sms:{self._dial_number}"

    @property
    def _dial_number(self) -> str:
        return _NOT_DIALLED.sub("", self.number)


class Safety(Struct, frozen=True):
    """Whom to call, each with the number '' where the clinic has none.

    The crisis line has `hours` and a number for `text` messages of its own; the second line is
    called where the first is not for everybody.
    """

    crisis_line: ContactOption
    hours: str
    text: ContactOption
    second_line: ContactOption
    emergency: ContactOption
    clinic: ContactOption


_NOBODY = Safety(*(ContactOption(""), "", *(ContactOption(""),) * 4))


def offer_safety() -> dict[str, Safety]:
    """Give the templates `safety`; a page that knows no clinic offers what the instance's has."""
    return {"safety": safety_of(_clinic_settings())}


def safety_of(stored: Mapping[str, Any]) -> Safety:
    """Make the ways to help of a clinic's settings as they are stored."""
    settings = ClinicSettings.read(stored)
    return Safety(
        ContactOption(settings.crisis_line, settings.crisis_line_name),
        settings.crisis_hours,
        ContactOption(settings.crisis_text),
        ContactOption(settings.second_line, settings.second_line_name),
        ContactOption(settings.emergency_number),
        ContactOption(settings.phone),
    )


def own_safety() -> Safety | None:
    """Give the ways to help of a patient's clinic; None where somebody else, or nobody, looks."""
    actor: Actor | None = g.get("actor")
    return safety_of(g.clinic.settings) if actor is not None and actor.is_patient else None


def footer_safety() -> Safety | None:
    """Give whom a patient, or somebody who is not signed in, may call; None for staff.

    Whoever is signed out may be a patient who cannot get in: of several clinics they see what all
    have alike. A page that says that the database does not answer asks it nothing.
    """
    if g.get("actor") is not None:
        return own_safety()
    if g.get("database_is_away", False):
        return None
    return _common([safety_of(one) for one in settings_of_all()])


def settings_of_all() -> list[dict[str, Any]]:
    """Give the settings of every clinic, read once for an answer."""
    if "settings_of_all" not in g:
        g.settings_of_all = clinics.settings_of_all()
    found: list[dict[str, Any]] = g.settings_of_all
    return found


def _common(found: list[Safety]) -> Safety | None:
    if not found:
        return None
    alike = {
        name: mine
        for name, mine in asdict(found[0]).items()
        if all(getattr(one, name) == mine for one in found)
    }
    return replace(_NOBODY, **alike)


def _clinic_settings() -> dict[str, object]:
    clinic: ClinicView | None = g.get("clinic")
    if clinic is None and g.get("database_is_away", False):
        return {"country": UNCHOSEN}
    try:
        return (clinic or clinics.only()).settings
    except NotFoundError:
        return {"country": UNCHOSEN}  # nobody's numbers
