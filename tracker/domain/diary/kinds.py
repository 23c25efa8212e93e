"""What an entry of a patient's diary is about, in their words and in those of staff."""

from collections.abc import Mapping

from tracker.domain.codes import Effect, Route, SideEffect, Word


class DiaryKind(Word):
    """What an entry is about."""

    NOW = "now", "How I feel now"
    DAY_AFTER = "day-after", "The day after"
    NOTE = "note", "Note for the next visit"
    TALK = "talk", "Would like to talk to somebody"
    DECLINED = "declined", "Words to a check-in that was not answered"


class Sleep(Word):
    """How the night after a session was; whether sleep was restful is what the label asks."""

    GOOD = "good", "Good"
    FAIR = "fair", "Fair"
    BAD = "bad", "Bad"


class EffectDegree(Word):
    """How strong an effect was; that it was not there is an answer too."""

    NONE = "none", "None"
    MILD = "mild", "Mild"
    MODERATE = "moderate", "Medium"
    SEVERE = "severe", "Severe"


# What may last into the next day, by the codes of a session's effects, in the words of a patient.
# The terms are those of the labels: domain reference 1.6.
EFFECTS: dict[str, str] = {
    SideEffect.DIZZINESS.value: "Dizzy or unsteady",
    SideEffect.NAUSEA.value: "Feeling sick",
    SideEffect.VOMITING.value: "Being sick",
    SideEffect.HEADACHE.value: "Headache",
    SideEffect.SEDATION.value: "Sleepy or slowed down",
    SideEffect.ANXIETY.value: "Anxious or on edge",
    SideEffect.DYSPHORIA.value: "Low or upset",
    SideEffect.CONFUSION.value: "Mixed up or forgetful",
    Effect.DETACHED.value: "Cut off from your body",
    Effect.UNREAL.value: "Things seem unreal",
    SideEffect.VISION.value: "Blurred or double sight",
    SideEffect.NUMBNESS.value: "Numb or tingling",
    SideEffect.PALPITATIONS.value: "Heart racing or pounding",
    SideEffect.URINARY.value: "Trouble passing water",
    SideEffect.SITE.value: "Sore where the needle was",
}
# Of a medicine that was swallowed or sprayed there is no needle.
_BY_NEEDLE = frozenset({SideEffect.SITE.value})
_NEEDLES = frozenset({Route.IV, Route.IM, Route.SC})
_LABELS = {word.value: word.label for words in (SideEffect, Effect) for word in words}


def asked_effects(route: Route | None) -> list[str]:
    """List the effects that are asked about after a medicine was given that way, by code."""
    return [code for code in EFFECTS if code not in _BY_NEEDLE or route in _NEEDLES]


def effect_label(code: str) -> str:
    """Name an effect as the record of a session does; a code unknown is told as it stands."""
    return _LABELS.get(code, code)


def effect_texts(effects: Mapping[str, EffectDegree]) -> list[str]:
    """Write the effects that there were, the strongest first: `Headache (severe)`."""
    return [f"{effect_label(code)} ({how.value})" for code, how in _present(effects)]


def own_effect_texts(effects: Mapping[str, EffectDegree]) -> list[str]:
    """Write the effects that there were as the patient was asked, the strongest first."""
    return [f"{EFFECTS.get(code, code)} ({how.label.lower()})" for code, how in _present(effects)]


def _present(effects: Mapping[str, EffectDegree]) -> list[tuple[str, EffectDegree]]:
    there = [(code, how) for code, how in effects.items() if how is not EffectDegree.NONE]
    degrees = list(EffectDegree)
    return sorted(there, key=lambda one: -degrees.index(one[1]))
