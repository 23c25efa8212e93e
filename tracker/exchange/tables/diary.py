"""The columns of what patients write by themselves: one row for each entry."""

import json
from collections.abc import Mapping

from tracker.domain.diary.kinds import EFFECTS, DiaryKind, Sleep
from tracker.exchange.cells.kinds import INSTANT, TEXT, WHOLE, Kind, code
from tracker.exchange.columns import Column, Table


def _write_effects(value: str | Mapping[str, str]) -> str:
    answers = json.loads(value) if isinstance(value, str) else value
    return "; ".join(f"{code}={answers[code]}" for code in EFFECTS if code in answers)


_EFFECTS = Kind(
    words="codes with none, mild, moderate or severe: `headache=mild; dizziness=none`",
    reader=lambda _facts: str,  # this file only goes out
    writer=lambda _zone: _write_effects,
    codes=tuple(EFFECTS.items()),
)

DIARY = Table(
    name="diary",
    doc="One row for each entry that a patient wrote; withdrawn ones say when.",
    key=("entry_id",),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="entry_id", doc="The stable number of the entry.", kind=WHOLE),
        Column(name="kind", doc="What it is about.", kind=code(DiaryKind)),
        Column(name="session_id", doc="The session it is the day after of.", kind=WHOLE),
        Column(name="written_at", doc="When it was written.", kind=INSTANT),
        Column(name="mood_score_id", doc="The score that the mood is.", kind=WHOLE),
        Column(name="pain_score_id", doc="The score that the pain is.", kind=WHOLE),
        Column(name="sleep", doc="How the night after a session was.", kind=code(Sleep)),
        Column(
            name="effects",
            doc="Each effect that was answered with its degree; none says that it was not there.",
            kind=_EFFECTS,
        ),
        Column(name="words", doc="What was written.", kind=TEXT),
        Column(name="withdrawn_at", doc="When the patient took it back.", kind=INSTANT),
        Column(name="read_at", doc="When somebody of the clinic read it.", kind=INSTANT),
        Column(name="read_by", doc="Who read it.", kind=TEXT),
    ),
)
