"""Seal the trail by another key from a line on; lines from before keep the seals that they have.

To seal them anew would make every anchor outside worthless, and would be what a forger does. The
last line by the old key names the new one, and the first by the new key seals that line: whoever
has the old key alone can change nothing from before without the new one (OWASP ASVS 5.0, 11.2.2).
"""

import json
import os
import secrets
from pathlib import Path

from sqlalchemy import select

from tracker.config import EARLIER_KEYS, KEYS_FILE, NEXT_KEY, ConfigurationError, Settings
from tracker.domain.access import Actor
from tracker.domain.audit import hash_chain
from tracker.models.audit import AuditEvent
from tracker.models.database import db
from tracker.services.audit import queries as audit_queries
from tracker.services.unit_of_work import unit_of_work

_NEWEST = select(AuditEvent.action, AuditEvent.detail).order_by(AuditEvent.sequence.desc()).limit(1)


def replace(settings: Settings, *, by: Actor) -> Path:
    """Put a new key in; one that was cut short goes on where it was. Nothing else may write.

    The file names the key that is to come before the trail does, and takes it up after: while both
    are not done nothing serves. Raises ConfigurationError where the trail does not hold, or where
    its key is in no file.
    """
    path = settings.instance / KEYS_FILE
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if stored.get("audit_key") != settings.audit_key:
        raise ConfigurationError(
            f"The key of the trail is not in {path}: it is given by the environment. Put it there, "
            "replace it, and take the new one and the earlier ones from there."
        )
    key = stored.get(NEXT_KEY) or secrets.token_hex(32)
    name = hash_chain.name_key(bytes.fromhex(key))
    if db.session.execute(_NEWEST).one_or_none() != (hash_chain.KEY_REPLACED, name):
        verdict = audit_queries.verify()
        if not verdict.intact:
            raise ConfigurationError(
                f"The audit trail is broken at line {verdict.broken_at}: {verdict.reason}. "
                "Nothing was changed."
            )
        _store(path, stored | {NEXT_KEY: key})
        with unit_of_work(by) as unit:
            unit.audit(hash_chain.KEY_REPLACED, detail=name)
    earlier = [*filter(None, settings.earlier_audit_keys.split(",")), settings.audit_key]
    kept = {one: value for one, value in stored.items() if one != NEXT_KEY}
    _store(path, kept | {"audit_key": key, EARLIER_KEYS: ",".join(earlier)})
    return path


def _store(path: Path, keys: dict[str, str]) -> None:
    """Write the file of keys in one step, so that it is the old one or the new one."""
    making = path.with_suffix(".new")
    making.unlink(missing_ok=True)
    file = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        json.dump(keys, opened, indent=1)
        opened.flush()
        os.fsync(opened.fileno())
    making.replace(path)
