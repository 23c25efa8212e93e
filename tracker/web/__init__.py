"""The pages: one folder per noun, each a blueprint with its routes and forms."""

from importlib import import_module

from flask import Flask
from werkzeug.routing import IntegerConverter

from tracker.web import addresses, filters
from tracker.web.patients import banner

# Every noun with pages; its templates stand in templates/<noun>/.
NOUNS = (
    "home",
    "exports",
    "imports",
    "guide",
    "my",
    "progress",
    "timelines",
    "account",
    "passkeys",
    "audit",
    "people",
    "patients",
    "merges",
    "series",
    "eligibility",
    "check_ins",
    "today",
    "calendar",
    "alerts",
    "clinic",
    "answers",
    "links",
    "sessions",
    "worksheets",
    "live",
    "checklists",
    "scores",
    "stock",
    "safety_checks",
    "health_lists",
    "drafts",
    "diary",
    "outcomes",
)


class IdConverter(IntegerConverter):
    """An id in an address: plain digits, and no more of them than a database takes."""

    regex = "[0-9]{1,16}"


def init_app(app: Flask) -> None:
    """Register the filters, the addresses and every noun's blueprint."""
    app.url_map.converters["int"] = IdConverter
    filters.init_app(app)
    addresses.init_app(app)
    banner.init_app(app)
    for noun in NOUNS:
        app.register_blueprint(import_module(f"tracker.web.{noun}.routes").blueprint)
