"""What a patient fills in. Nothing is chosen until the patient chooses."""

from datetime import datetime

from wtforms import Field, HiddenField

from tracker.domain.codes import Route
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import EFFECTS, DiaryKind, EffectDegree, Sleep, asked_effects
from tracker.web.forms import LineText, LongText, NounForm, WordRadio, ZeroToTen

_PREFIX = "effect_"


class DiaryForm(NounForm):
    """What is told, and when: it may wait on a device for a connection."""

    pressed_at = HiddenField()  # filled in by static/diary/send.js; without a script it is now

    @property
    def press_moment(self) -> datetime | None:
        """When Send was pressed; None where that is not known."""
        try:
            at = datetime.fromisoformat((self.pressed_at.data or "").replace("Z", "+00:00"))
        except ValueError:
            return None
        return at if at.tzinfo else None


class FeelForm(DiaryForm):
    """How I feel now: ten seconds on a phone."""

    mood = ZeroToTen("Your mood right now")
    pain = ZeroToTen("Your pain right now")
    words = LineText("In a few words, if you like", render_kw={"autocomplete": "off"})

    def draft(self) -> DiaryDraft:
        """Turn what was given into a draft."""
        return DiaryDraft(
            kind=DiaryKind.NOW,
            mood=self.mood.data,
            pain=self.pain.data,
            words=self.words.data or "",
        )


class DiaryNoteForm(DiaryForm):
    """A note for the next visit."""

    words = LongText("What do you want to tell us?", render_kw={"rows": 6})

    def draft(self) -> DiaryDraft:
        """Turn what was written into a draft."""
        return DiaryDraft(kind=DiaryKind.NOTE, words=self.words.data or "")


class DayAfterForm(DiaryForm):
    """How the day after a session is; a field for each effect is added below."""

    mood = ZeroToTen("Your mood right now")
    pain = ZeroToTen("Your pain right now")
    sleep = WordRadio("How did you sleep the night after?", words=Sleep)
    words = LongText("Is there anything else?", render_kw={"rows": 4})

    def effects(self, route: Route | None) -> list[Field]:
        """List the fields of the effects that are asked about, in their order."""
        return [self[_PREFIX + code] for code in asked_effects(route)]

    def draft(self) -> DiaryDraft:
        """Turn what was answered into a draft; an effect that was not answered is left out."""
        answers = {code: self[_PREFIX + code].data for code in EFFECTS}
        return DiaryDraft(
            kind=DiaryKind.DAY_AFTER,
            mood=self.mood.data,
            pain=self.pain.data,
            sleep=self.sleep.data,
            effects={code: how for code, how in answers.items() if how is not None},
            words=self.words.data or "",
        )


for _code, _words in EFFECTS.items():
    setattr(DayAfterForm, _PREFIX + _code, WordRadio(_words, words=EffectDegree))
