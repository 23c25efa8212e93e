"""Applications that one test after another uses, each as if nobody had used it yet."""

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tests.browsing import ApartClient
from tracker import config, create_app, instruments
from tracker.models import db
from tracker.services.audit import views


class CompiledTemplates(BytecodeCache):
    """Compiled templates that outlive an application: each test makes one, the pages stay."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from the same source."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Applications:
    """Applications that outlive a test: to make one and to compile its queries takes longer."""

    def __init__(self) -> None:
        self.templates = CompiledTemplates()
        self.made: dict[config.Settings, tuple[Flask, dict[str, Any], int]] = {}

    def take(self, settings: config.Settings) -> Flask:
        """Give the application with these settings as if nobody had used it yet."""
        if settings not in self.made:
            app = create_app(settings=settings)
            app.jinja_env.bytecode_cache = self.templates
            app.test_client_class = ApartClient
            with app.app_context():
                self.made[settings] = app, dict(app.config), listeners()
        app, as_made, _ = self.made[settings]
        app.config.clear()
        app.config.update(as_made)
        app.extensions["addresses"].clear()
        views._last_views.clear()  # who looked at what in another test
        instruments.use(settings.instance / instruments.OWN)
        return app

    def leave(self, settings: config.Settings) -> None:
        """Close the database; an application that a test listens to goes with the test."""
        db.session.remove()
        if listeners() != self.made[settings][-1]:
            del self.made[settings]
        db.engine.dispose()


def listeners() -> int:
    """Count who hears of what is done to the database."""
    return len(db.engine.dispatch.before_cursor_execute) + len(db.engine.pool.dispatch.connect)
