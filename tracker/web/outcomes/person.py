"""One patient's outcomes: the page, which is also what is printed, and its pictures.

Their addresses stand below the patient's own, outside of the folder's prefix.
"""

from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from tracker.domain.access import Permission
from tracker.domain.problems import StaleError
from tracker.web.exports.limits import brake_files
from tracker.web.guard import actor, requires

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState

    from tracker.domain.outcomes.person.comparisons import SessionComparison
    from tracker.web.progress.panel import Numbers

_SIZE, _PHONE_SIZE = (883, 300), (307, 375)


class OutcomePicture(Struct, frozen=True):
    """A picture with its words: what `templates/outcomes/person.html` draws."""

    urls: dict[str, str]
    alt: str
    tables: tuple["Numbers", ...]
    size: tuple[int, int] = _SIZE
    phone_size: tuple[int, int] = _PHONE_SIZE


def register(state: "BlueprintSetupState") -> None:
    """Add the addresses of one patient's outcomes to an application."""
    base = "/patients/<int:patient_id>/outcomes"
    state.app.add_url_rule(base, "outcomes.person", show)
    state.app.add_url_rule(
        f"{base}/<any(durability, dose, dissociation):which>.<any(svg, png):kind>",
        "outcomes.person_picture",
        picture,
    )
    state.app.add_url_rule(
        "/patients/<int:patient_id>/letter", "outcomes.letter", letter, methods=["GET", "POST"]
    )
    state.app.add_url_rule(
        "/referral-letters/<int:letter_id>.pdf", "outcomes.letter_pdf", letter_pdf
    )


@requires(Permission.PATIENT_VIEW)
def show(patient_id: int) -> ResponseReturnValue:
    """Show what became of one patient, on a page that prints as one sheet."""
    # Imported here: a start and most pages do without.
    from tracker.domain.clinic.treatment_settings import TreatmentSettings
    from tracker.domain.outcomes import text
    from tracker.domain.outcomes.person import durability, episodes, report
    from tracker.services.outcomes.person import queries as person_queries

    found = person_queries.show(patient_id, by=actor())
    rules = TreatmentSettings.read(g.clinic.settings).course_rules
    kept = found.durability
    return render_template(
        "outcomes/person.html",
        patient_id=patient_id,
        told=found,
        standing=report.standing(found),
        definitions=[
            one
            for one in (
                text.definitions(found.definitions, found.scale, rules) if found.scale else ()
            )
            if one[0] != "Intervals"
        ],
        holding=[(list(episodes.sentences(one)), episodes.recall(one.instrument))
                 for one in found.holding],
        gain_rule=episodes.GAIN_RULE,
        durability=kept and _outcome_picture(patient_id, "durability", durability, kept),
        kept_lines=() if kept is None else durability.sentences(kept),
        left_out=() if kept is None else kept.left_out,
        compared=[(one, _comparison(patient_id, one)) for one in found.comparisons],
    )  # fmt: skip


def _comparison(patient_id: int, one: "SessionComparison") -> OutcomePicture | None:
    """Give the picture of a comparison; None where one value alone leaves nothing to compare."""
    from tracker.domain.outcomes.person import comparisons

    alike = len({each.x for each in one.sessions}) < 2
    return None if alike else _outcome_picture(patient_id, one.key, comparisons, one)


def _outcome_picture(patient_id: int, which: str, words: Any, prepared: Any) -> OutcomePicture:
    from tracker.web.progress.panel import looks, numbers

    address = url_for("outcomes.person_picture", patient_id=patient_id, which=which, kind="svg")
    tables = tuple(map(numbers, words.tables(prepared)))
    return OutcomePicture(urls=looks(address), alt=words.alt(prepared), tables=tables)


@requires(Permission.PATIENT_VIEW)
def picture(patient_id: int, which: str, kind: str) -> ResponseReturnValue:
    """Show one of the pictures of a patient's outcomes."""
    from tracker.services.outcomes.person import queries as person_queries
    from tracker.web.progress.answers import answer, look

    found = person_queries.picture_of(patient_id, which, by=actor(), kind=kind, **look())
    return answer(found, name=which)


@requires(Permission.REFERRAL_LETTER_WRITE)
def letter(patient_id: int) -> ResponseReturnValue:
    """Write the letter for whoever referred a patient: keep a draft, or sign it."""
    from tracker.domain.outcomes.person import letter as letter_rules
    from tracker.services.outcomes.person import commands as letter_commands
    from tracker.services.outcomes.person import letters
    from tracker.web.outcomes.person_forms import STALE, LetterForm

    desk = letters.desk(patient_id, by=actor())
    form = LetterForm(data={"recipient": desk.draft.recipient, "words": desk.draft.words,
                            "version": desk.version})  # fmt: skip
    is_signed, theirs = request.form.get("do") == "sign", None

    def write() -> int:
        return letter_commands.write(
            patient_id, form.draft(), is_signed=is_signed, version=form.version.data, by=actor(),
            once=form.once.data,
        )  # fmt: skip

    if form.is_submitted() and not form.validate():
        form.show(letter_rules.check(form.draft(), is_signed=is_signed))
    elif form.is_submitted():
        try:
            if form.send(write) is not None:
                flash("The letter is signed." if is_signed else "The draft is kept.", "success")
                return redirect(url_for("outcomes.letter", patient_id=patient_id), 303)
        except StaleError:
            desk = letters.desk(patient_id, by=actor())
            form.reopen(desk.version, STALE)
            theirs = desk.versions[0]
    page = render_template(
        "outcomes/letter.html", form=form, desk=desk, theirs=theirs, patient_id=patient_id
    )
    return page, form.status if form.is_submitted() else 200


@requires(Permission.REFERRAL_LETTER_WRITE)
@brake_files
def letter_pdf(letter_id: int) -> ResponseReturnValue:
    """Hand a signed letter out as PDF; its name tells nothing of the patient."""
    from tracker.services.outcomes.person import letters

    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="letter.pdf"',
    }
    return letters.pdf(letter_id, by=actor()), headers
