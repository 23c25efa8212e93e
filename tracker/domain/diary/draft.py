"""What a patient writes, and what is wrong with it. Nothing answered is None, never 0 or none."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct, field

from tracker.domain.diary.kinds import EFFECTS, DiaryKind, EffectDegree, Sleep
from tracker.domain.parsing import PARAGRAPH_MAX, is_blank
from tracker.domain.problems import Problem

LINE_MAX = 200  # characters of the one line beside mood and pain
WITHDRAWN_WITHIN = timedelta(hours=1)
WAITS_AT_MOST = timedelta(days=14)  # on a device without a connection: static/offline/vault.js
# From the morning after until the third day after: what is felt changes within hours or days. No
# source names these days; they are our default.
FIRST_DAY_AFTER, LAST_DAY_AFTER = 1, 3

NOTHING_GIVEN = "Give your mood, your pain, or a few words. One of them is enough."
NOTHING_OF_THE_DAY = "Answer at least one question, or write a few words."
NO_WORDS = "Write what you want to tell us."


class DiaryDraft(Struct, frozen=True, kw_only=True):
    """An entry as it was filled in. `effects` are by code; one that was not answered is not there.

    Mood runs from 0, the worst, to 10, the best; pain from 0, none, to 10, the worst.
    """

    kind: DiaryKind
    mood: int | None = None
    pain: int | None = None
    effects: Mapping[str, EffectDegree] = field(default_factory=dict)
    sleep: Sleep | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered and nothing written."""
        given = (self.mood, self.pain, self.sleep)
        return all(one is None for one in given) and not self.effects and is_blank(self.words)


def check(draft: DiaryDraft) -> list[Problem]:
    """List everything that is wrong with an entry."""
    problems = []
    if draft.kind is DiaryKind.NOTE and is_blank(draft.words):
        problems.append(Problem("words", NO_WORDS))
    elif draft.kind is DiaryKind.NOW and draft.is_empty:
        problems.append(Problem("", NOTHING_GIVEN))
    elif draft.kind is DiaryKind.DAY_AFTER and draft.is_empty:
        problems.append(Problem("", NOTHING_OF_THE_DAY))
    for name, rating in (("mood", draft.mood), ("pain", draft.pain)):
        if rating is not None and not 0 <= rating <= 10:
            problems.append(Problem(name, "Choose a whole number from 0 to 10."))
    if any(code not in EFFECTS for code in draft.effects):
        problems.append(Problem("", "Choose effects from the list."))
    longest = LINE_MAX if draft.kind is DiaryKind.NOW else PARAGRAPH_MAX
    if len(draft.words) > longest:
        problems.append(Problem("words", f"Write at most {longest} characters."))
    return problems


def telling_moment(pressed_at: datetime | None, now: datetime) -> datetime:
    """Say when something was told that may have waited for a connection: never later than now."""
    if pressed_at is None:
        return now
    return min(max(pressed_at, now - WAITS_AT_MOST), now)


def is_day_after(held_on: date, today: date) -> bool:
    """Say whether the days after a session are asked about today."""
    return FIRST_DAY_AFTER <= (today - held_on).days <= LAST_DAY_AFTER


def can_be_withdrawn(written_at: datetime, now: datetime) -> bool:
    """Say whether its patient may still take an entry back."""
    return now - written_at < WITHDRAWN_WITHIN
