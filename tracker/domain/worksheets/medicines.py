"""What eligibility says of the medicines a form asks about."""

from collections.abc import Iterator

from tracker.domain.checklists.items import Told
from tracker.domain.eligibility.draft import EligibilityDraft, Medicine, MedicineFlag
from tracker.domain.formatting import full_day
from tracker.domain.worksheets.form import Prefilled

# The form's questions by the flag that answers them.
_FLAGS = {
    "psychostimulants": MedicineFlag.STIMULANT,
    "maois": MedicineFlag.MAOI,
    "opioids": MedicineFlag.OPIOID,
}
# Eligibility knows sedatives as one class, the form asks about two.
_SEDATIVES = ("benzodiazepines", "sedative_hypnotics")
_CHANGED = "New or changed medication since the assessment."


def answers(draft: EligibilityDraft | None, *, changed: bool) -> Iterator[tuple[str, Prefilled]]:
    """Yield what an assessment answers; `changed` says that medication changed since.

    No needs a list that is known to be whole, every medicine of it judged, and no change since.
    """
    if draft is None:
        return
    day = full_day(draft.assessed_on) if draft.assessed_on else "no day"
    source = f"Eligibility of {day}"
    for code in (*_SEDATIVES, *_FLAGS):
        found = _answer(code, draft, source)
        if changed:
            found = Prefilled(
                remark=f"{_CHANGED} {source} said {found.value}." if found.value else _CHANGED
            )
        yield code, found


def _answer(code: str, draft: EligibilityDraft, source: str) -> Prefilled:
    flag = _FLAGS.get(code, MedicineFlag.DEPRESSANT)
    taken = [one.name for one in draft.medicines if flag in one.flags]
    if taken and code in _SEDATIVES:
        return Prefilled(remark=f"{source} lists as sedative: {', '.join(taken)}.")
    if taken:
        return Prefilled("yes", f"{source}: {', '.join(taken)}")
    if draft.any_medicines is Told.NO:
        return Prefilled("no", f"{source}: takes no medicines")
    if draft.medicines and all(map(_is_judged, draft.medicines)):
        return Prefilled("no", f"{source}: none of the medicines listed")
    return Prefilled()


def _is_judged(one: Medicine) -> bool:
    return bool(one.flags) and MedicineFlag.UNKNOWN not in one.flags
