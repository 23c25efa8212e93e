"""What a page of a patient has to know that comes back when no server answers."""

from flask import current_app

from tracker.config import Settings


def offer_keeping() -> dict[str, int]:
    """Give the templates `keep_minutes`: unused for so long, a kept page shows nothing any more."""
    settings: Settings = current_app.extensions["settings"]
    return {"keep_minutes": settings.idle_minutes}
