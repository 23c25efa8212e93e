"""The pages: one folder per noun, each a blueprint with its routes and forms."""

from importlib import import_module

from flask import Flask

# Every noun with pages; its templates stand in templates/<noun>/.
NOUNS = ("home",)


def init_app(app: Flask) -> None:
    """Register every noun's blueprint."""
    for noun in NOUNS:
        app.register_blueprint(import_module(f"tracker.web.{noun}.routes").blueprint)
