"""Every code that the trail is given has words."""

import ast
from pathlib import Path

import tracker
from tracker.domain.audit.actions import WORDS, words
from tracker.domain.codes import CheckInState, SessionState
from tracker.domain.sessions.life import Step
from tracker.domain.stock.lots import Movement

WRITERS = {"audit", "note_view"}
SOURCES = Path(tracker.__file__).parent


def codes():
    """List the codes that the sources name where they write a line."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
                places = node.args[:2] if name in WRITERS else []
                yield from (
                    one.value
                    for one in places
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
                )


def test_every_code_has_words():
    wanted = set(codes())
    wanted |= {f"stock.{one.value}" for one in Movement}
    wanted |= {f"check-in.{one.value}" for one in CheckInState if one is not CheckInState.OPEN}
    wanted |= {f"session.{one.value}" for one in (SessionState.CANCELLED, SessionState.MISSED)}
    wanted |= {f"session.{one.value}" for one in (Step.NOT_BEGUN, Step.PLAN_AGAIN)}
    assert len(wanted) > 100
    assert wanted <= set(WORDS), wanted - set(WORDS)


def test_a_code_without_words_is_told_as_it_stands():
    assert words("of.long-ago") == "of.long-ago"
