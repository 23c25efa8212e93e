"""A new key of the trail: lines from before hold by their own, and nobody forges them with it."""

import dataclasses
import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from tests import databases
from tracker import config, create_app
from tracker.cli import main
from tracker.config import EARLIER_KEYS, NEXT_KEY, ConfigurationError
from tracker.domain.audit import hash_chain
from tracker.models import db
from tracker.services.audit import anchors, clinical_rows, key_replacement
from tracker.services.audit import queries as audit_queries
from tracker.services.unit_of_work import audit

pytestmark = pytest.mark.both_databases


@contextmanager
def opened(settings, **how):
    """Open the clinic as a process does that has just begun: with the keys in its file."""
    environ = databases.ENVIRON | {"TRACKER_DATABASE_URL": settings.database_url}
    found = dataclasses.replace(config.read(settings.instance, environ, **how), testing=True)
    with create_app(settings=found).app_context():
        yield found
        db.session.remove()
        db.engine.dispose()


def stored(settings):
    """Read the file of keys."""
    return json.loads((settings.instance / config.KEYS_FILE).read_text())


def replaced(settings, cast):
    with opened(settings, halfway=True) as found:
        key_replacement.replace(found, by=cast.console)


def test_lines_hold_by_the_key_that_they_were_sealed_with_and_anchors_stay(settings, cast):
    audit(cast.anna, "today.viewed")
    anchor, old = anchors.read([anchors.write()]), settings.audit_key
    db.session.remove()
    for count in (1, 2):
        replaced(settings, cast)
        with opened(settings) as found:
            audit(cast.anna, "today.viewed")
            verdict = audit_queries.verify(anchors=anchor)
            assert verdict.intact
            assert not clinical_rows.verify().faults
            assert found.audit_key != old
            assert len(found.earlier_audit_keys.split(",")) == count
            assert old in config.keys_of(found)[EARLIER_KEYS]
            assert old not in repr(found)
    path = settings.instance / config.KEYS_FILE
    assert path.stat().st_mode & 0o077 == 0
    assert NEXT_KEY not in stored(settings)


def test_whoever_has_the_old_key_alone_changes_nothing_from_before(settings, cast):
    """The last line by the old key is sealed by the first one by the new key."""
    audit(cast.anna, "today.viewed")
    replaced(settings, cast)
    with opened(settings):
        audit(cast.anna, "today.viewed")
        rows = [list(row) for row in audit_queries._lines()]
        options = db.engine.get_execution_options()
        old, new = options["earlier_audit_keys"][0], options["audit_key"]
    forged, previous = [], hash_chain.FIRST
    for sequence, _, sealed, line in rows:
        changed = dict(line) | ({"actor": "somebody else"} if sequence == 1 else {})
        by_old = sequence < rows[-1][0]
        made = hash_chain.seal(old, previous, changed) if by_old else sealed
        forged.append((sequence, previous if by_old else rows[-1][1], made, changed))
        previous = made
    assert hash_chain.verify(old, forged[:-2]).intact, "by the old key alone it would hold"
    verdict = hash_chain.verify(new, forged, earlier=[old])
    assert verdict.broken_at == rows[-1][0]
    assert hash_chain.verify(new, [tuple(row) for row in rows], earlier=[old]).intact
    lost = hash_chain.verify(old, [tuple(row) for row in rows])
    assert lost.reason == "its key is not here"


@pytest.mark.parametrize("after", ["the file", "the line"])
def test_what_was_cut_short_serves_nobody_and_goes_on_where_it_was(settings, cast, after):
    class PowerCutError(Exception):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCutError

    audit(cast.anna, "today.viewed")
    before = stored(settings)
    with opened(settings, halfway=True) as found, pytest.MonkeyPatch.context() as patch:
        if after == "the file":
            patch.setattr(key_replacement, "unit_of_work", cut)
        else:
            once = key_replacement._store
            patch.setattr(
                key_replacement, "_store",
                lambda path, keys: once(path, keys) if NEXT_KEY in keys else cut(),
            )  # fmt: skip
        with pytest.raises(PowerCutError):
            key_replacement.replace(found, by=cast.console)
    assert stored(settings)["audit_key"] == before["audit_key"]
    with pytest.raises(ConfigurationError, match="tracker audit new-key"), opened(settings):
        pass
    replaced(settings, cast)
    with opened(settings):
        assert audit_queries.verify().intact
        lines = audit_queries.read(by=cast.adam).lines
        assert [line.action for line in lines].count(hash_chain.KEY_REPLACED) == 1


def test_a_key_that_is_in_no_file_and_a_broken_trail_are_left_alone(settings, cast):
    audit(cast.anna, "today.viewed")
    other = dataclasses.replace(settings, audit_key="ab" * 32)
    with pytest.raises(ConfigurationError, match="given by the environment"):
        key_replacement.replace(other, by=cast.console)
    engine = db.engine
    kept = engine.get_execution_options()["audit_key"]
    engine.update_execution_options(audit_key=b"another key")
    try:
        with pytest.raises(ConfigurationError, match="broken at line 1"):
            key_replacement.replace(settings, by=cast.console)
    finally:
        engine.update_execution_options(audit_key=kept)
    assert EARLIER_KEYS not in stored(settings)


def test_the_command_asks_first(settings, cast, monkeypatch):
    for name, value in (databases.ENVIRON | {
        "TRACKER_INSTANCE": str(settings.instance), "TRACKER_DATABASE_URL": settings.database_url,
    }).items():  # fmt: skip
        monkeypatch.setenv(name, value)
    audit(cast.anna, "today.viewed")
    db.session.remove()
    refused = CliRunner().invoke(main, ["audit", "new-key"], input="n\n")
    assert refused.exit_code == 1
    assert EARLIER_KEYS not in stored(settings)
