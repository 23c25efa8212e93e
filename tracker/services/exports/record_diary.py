"""What a patient wrote by themselves, in their copy."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker.domain.diary.kinds import EFFECTS, EffectDegree
from tracker.exchange.html.record import RecordItem
from tracker.models.diary import DiaryEntry
from tracker.services.exports.record_words import facts_of, moment, rows_of

_DEGREES = dict(EffectDegree.choices())


def items(patient_id: int, zone: ZoneInfo) -> Iterator[RecordItem]:
    """Give each entry in the order in which they were written, with the effects that were told."""
    query = select(*DiaryEntry.__table__.columns).where(DiaryEntry.patient_id == patient_id)
    for row in rows_of(query.order_by(DiaryEntry.written_at, DiaryEntry.id)):
        yield RecordItem(
            title=moment(row.written_at, zone),
            facts=facts_of("diary_entry", row, zone),
            lines=tuple(
                f"{words}: {_DEGREES.get(row.effects[code], row.effects[code])}"
                for code, words in EFFECTS.items()
                if code in row.effects
            ),
            is_struck=row.withdrawn_at is not None,
        )
