"""What a clinic cannot lose besides its database: keys, settings, questionnaires of its own."""

import json
from collections.abc import Mapping
from pathlib import Path

from tracker import config, instruments
from tracker.config import Settings

SETTINGS_FILE = "settings.env"
PREFIX = "TRACKER_"
KEY_VARIABLE = "TRACKER_BACKUP_KEY"
# Where an instance is differs from machine to machine; the private half of the key is nobody's
# business here.
_NOT_TAKEN = {"TRACKER_INSTANCE", KEY_VARIABLE}


def collect(settings: Settings, environ: Mapping[str, str]) -> dict[str, bytes]:
    """Collect the files that go with a backup, by the name that each has in the instance.

    Keys are taken as they are in use: some may come from the environment.
    """
    instance = settings.instance
    files = {config.KEYS_FILE: json.dumps(config.keys_of(settings), indent=1).encode()}
    if told := _settings(environ):
        files[SETTINGS_FILE] = told.encode()
    own = instance / instruments.OWN
    found = [
        instance / config.BACKUP_KEY_FILE,
        instance / config.DEMO_FILE,
        *sorted(own.rglob("*")),
    ]
    for path in found:
        if path.is_file():
            files[path.relative_to(instance).as_posix()] = path.read_bytes()
    return files


def differing_keys(restored: Path, environ: Mapping[str, str]) -> list[str]:
    """Name the variables that give this machine other keys than those of a backup."""
    keys = json.loads((restored / config.KEYS_FILE).read_text(encoding="utf-8"))
    names = {f"{PREFIX}{name.upper()}": value for name, value in keys.items()}
    return sorted(name for name, value in names.items() if environ.get(name, value) != value)


def _settings(environ: Mapping[str, str]) -> str:
    """Write the settings as a service reads them (systemd's EnvironmentFile)."""
    taken = sorted(name for name in environ if name.startswith(PREFIX) and name not in _NOT_TAKEN)
    return "".join(f"{name}={json.dumps(environ[name], ensure_ascii=False)}\n" for name in taken)
