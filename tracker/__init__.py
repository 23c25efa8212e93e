"""The ketamine and esketamine treatment session tracker."""

import sys
from typing import TYPE_CHECKING, Any

from tracker.memory import hold_little, keep_everything, pause_collection

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"

# Flask-Security loads py_webauthn wherever it is installed, though only its own passkeys, which we
# do not use, need it: a tenth of a second and 15 MiB of every start. Barred so, it goes without;
# tracker/services/passkeys/ceremonies.py lifts the bar at the first passkey.
sys.modules.setdefault("webauthn", None)  # type: ignore[arg-type]


def create_app(**options: Any) -> "Flask":
    """Make the web application.

    Without options it is for a process that serves what its environment names, as gunicorn calls
    it. Imported lazily, so that `import tracker` costs nothing.
    """
    hold_little()
    # What a start makes is there to stay: to look through it for garbage takes a tenth of the time.
    with pause_collection():
        from tracker.app import create_app as make

        application = make(**options)
        if not options:
            _refuse_unsafe(application)
            keep_everything()
        return application


def _refuse_unsafe(application: "Flask") -> None:
    from tracker.config import ConfigurationError
    from tracker.services.system import database, safe_start

    settings = application.extensions["settings"]
    try:
        database.refuse_other_schema(settings.database_url)
        to_do = safe_start.refuse_unsafe(settings)
    except Exception as error:
        # gunicorn writes the kind of an error alone: what it says is for whoever starts it.
        words = str(error) if isinstance(error, ConfigurationError) else database.fault_of(error)
        application.logger.error("%s", words or type(error).__name__)  # noqa: TRY400
        raise
    for words in to_do:
        application.logger.warning("to do: %s", words)
