"""Answer a check-in: one question at a time or all on a page, saved as it is given."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.check_ins.answers import crisis_values
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.instruments.model import Choice, Instrument, Item
from tracker.domain.problems import InvalidError
from tracker.services import clock
from tracker.services.check_ins import answer_page, same_scale, unsent
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins.answer_page import ReplyView
from tracker.services.check_ins.answers import ClosedError, LeftOutError
from tracker.web.answers import forms, showing
from tracker.web.answers.forms import DeclineForm
from tracker.web.answers.safety import offer_safety
from tracker.web.guard import actor, requires

blueprint = Blueprint("answers", __name__, url_prefix="/answers")
blueprint.context_processor(offer_safety)
blueprint.context_processor(showing.offer)

LATE_WORDS = "This was answered or left out already. What you wrote is kept: your clinic reads it."
OVER = frozenset({CheckInStatus.DONE, CheckInStatus.DECLINED})
ONE = "/<int:check_in_id>/questions/<instrument>/"


@blueprint.get("/")
@requires(Permission.OWN_RECORD_VIEW)
def listing() -> ResponseReturnValue:
    """List a patient's own check-ins: what waits, what comes, what was."""
    by = actor()
    lists = showing.sorted_out(check_in_commands.own(by=by))
    begun = unsent.of_check_ins((one.check_in_id for one in lists.waiting), by=by)
    return render_template("answers/listing.html", lists=lists, begun=begun)


@blueprint.get("/shell")
def shell() -> ResponseReturnValue:
    """Give a page of patients without anybody in it: browsers keep it for a lost connection."""
    return render_template("answers/shell.html")


@blueprint.get("/<int:check_in_id>/")
@requires(Permission.CHECK_IN_ANSWER)
def show(check_in_id: int) -> ResponseReturnValue:
    """Say what is asked, how long it takes, and who sees it when."""
    check_in = answer_page.find(check_in_id, by=actor())
    if check_in.status in OVER:
        return redirect(url_for("answers.show_sent", check_in_id=check_in_id))
    if not check_in.can_be_answered:
        raise ClosedError(check_in.status)
    earlier = same_scale.earlier_answers(check_in, by=actor())
    return render_template("answers/show.html", sitting=check_in, earlier=earlier)


@blueprint.post("/<int:check_in_id>/begin")
@requires(Permission.CHECK_IN_ANSWER)
def begin(check_in_id: int) -> ResponseReturnValue:
    """Begin, or go on where somebody stopped."""
    answering.begin(check_in_id, by=actor())
    return _onwards(check_in_id)


@blueprint.get("/<int:check_in_id>/onwards")
@requires(Permission.CHECK_IN_ANSWER)
def onwards(check_in_id: int) -> ResponseReturnValue:
    """Lead to what is to be answered next, or to the thanks."""
    return _onwards(check_in_id)


def _onwards(check_in_id: int) -> ResponseReturnValue:
    check_in = answer_page.find(check_in_id, by=actor())
    if not check_in.can_be_answered or not check_in.open_parts:
        return redirect(url_for("answers.show_sent", check_in_id=check_in_id), 303)
    return redirect(_page("questions", check_in_id, check_in.open_parts[0].instrument.code), 303)


def _page(name: str, check_in_id: int, code: str) -> str:
    return url_for(f"answers.{name}", check_in_id=check_in_id, instrument=code)


@blueprint.get(ONE)
@requires(Permission.CHECK_IN_ANSWER)
def questions(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Show every question of one instrument; a script shows them one at a time."""
    return _question_page("questions", check_in_id, instrument)


@blueprint.get(f"{ONE}review")
@requires(Permission.CHECK_IN_ANSWER)
def review(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Show every answer before it is sent, with a way to change it."""
    return _question_page("review", check_in_id, instrument)


def _question_page(
    name: str, check_in_id: int, code: str, *, status: int = 200, **words: object
) -> ResponseReturnValue:
    check_in = answer_page.find(check_in_id, by=actor())
    part = check_in.part(code)
    if not check_in.can_be_answered:
        raise ClosedError(check_in.status)
    if part not in check_in.open_parts:
        return redirect(url_for("answers.onwards", check_in_id=check_in_id))
    if not part.begun:
        return redirect(url_for("answers.show", check_in_id=check_in_id))
    return render_template(f"answers/{name}.html", sitting=check_in, part=part, **words), status


@blueprint.post(ONE)
@requires(Permission.CHECK_IN_ANSWER)
def answer(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Save a whole page of answers, sent without a script, and show them for review."""
    part = answer_page.find(check_in_id, by=actor()).part(instrument)
    given = forms.whole_page(request.form, part.instrument, clock.now())
    try:
        answering.save(check_in_id, instrument, given, 0, by=actor())
    except InvalidError as error:
        wrong = {problem.field for problem in error.problems}
        right = {code: answer for code, answer in given.items() if code not in wrong}
        answering.save(check_in_id, instrument, right, 0, by=actor())
        words = {"problems": error.problems}
        return _question_page("questions", check_in_id, instrument, status=422, **words)
    return redirect(_page("review", check_in_id, instrument), 303)


@blueprint.post(f"{ONE}save")
@requires(Permission.CHECK_IN_ANSWER)
def save(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Save one answer the moment it is given; a script asks this."""
    answer_page.refuse_others(check_in_id, by=actor())
    try:
        given, seconds = forms.one_answer(request.form)
        saved = answering.save(check_in_id, instrument, given, seconds, by=actor())
    except InvalidError as error:
        return {"problems": [problem.message for problem in error.problems]}, 422
    return {"answered": saved.answered, "crisis": saved.crisis}


@blueprint.post(f"{ONE}send")
@requires(Permission.CHECK_IN_ANSWER)
def send(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Send what was answered; ask once about questions that were left out."""
    leave_out = request.form.get("leave_out") == "yes"
    try:
        finished = answering.finish(check_in_id, instrument, by=actor(), leave_out=leave_out)
    except LeftOutError:  # the page names them, and its button says that they are left out
        return _question_page("review", check_in_id, instrument, status=422)
    except InvalidError as error:
        words = {"problems": error.problems}
        return _question_page("review", check_in_id, instrument, status=422, **words)
    return _after(check_in_id, finished=finished)


@blueprint.post(f"{ONE}use-earlier")
@requires(Permission.CHECK_IN_ANSWER)
def use_earlier(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Use the answers that the patient gave to the same questions in another check-in."""
    finished = answering.use_earlier(check_in_id, instrument, by=actor())
    return _after(check_in_id, finished=finished)


def _after(check_in_id: int, *, finished: bool) -> ResponseReturnValue:
    endpoint = "answers.show_sent" if finished else "answers.onwards"
    return redirect(url_for(endpoint, check_in_id=check_in_id), 303)


@blueprint.route("/<int:check_in_id>/decline", methods=["GET", "POST"])
@requires(Permission.CHECK_IN_ANSWER)
def decline(check_in_id: int) -> ResponseReturnValue:
    """Decline what is still open of a check-in, with a reason."""
    return _decline(check_in_id, "")


@blueprint.route(f"{ONE}decline", methods=["GET", "POST"])
@requires(Permission.CHECK_IN_ANSWER)
def decline_one(check_in_id: int, instrument: str) -> ResponseReturnValue:
    """Decline one instrument, with a reason."""
    return _decline(check_in_id, instrument)


def _decline(check_in_id: int, code: str) -> ResponseReturnValue:
    check_in = answer_page.find(check_in_id, by=actor())
    part, form = check_in.part(code) if code else None, DeclineForm()
    if not check_in.can_be_answered:
        if form.validate_on_submit() and answering.keep_late_words(
            check_in_id, form.reason, by=actor()
        ):
            flash(LATE_WORDS, "info")
        raise ClosedError(check_in.status)
    if form.validate_on_submit():
        try:
            finished = answering.decline(check_in_id, code, form.reason, by=actor())
        except InvalidError as error:
            form.show(error.problems)
        else:
            return _after(check_in_id, finished=finished)
    page = render_template("answers/decline.html", sitting=check_in, part=part, form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<int:check_in_id>/sent")
@requires(Permission.CHECK_IN_ANSWER)
def show_sent(check_in_id: int) -> ResponseReturnValue:
    """Give the crisis line first where an answer calls for it; then thank."""
    by = actor()
    check_in = answer_page.find(check_in_id, by=by)
    if check_in.can_be_answered and check_in.open_parts:
        return redirect(url_for("answers.onwards", check_in_id=check_in_id))
    if not (check_in.can_be_answered or check_in.status in OVER):
        raise ClosedError(check_in.status)
    following = answer_page.upcoming(check_in_id, by=by)
    return render_template("answers/sent.html", sitting=check_in, following=following)


@blueprint.errorhandler(ClosedError)
def handle_closed(error: ClosedError) -> ResponseReturnValue:
    """Say that nothing can be answered, and keep what was typed where it can be read."""
    if request.headers.get("X-Requested-With") == "fetch":
        return {"standing": error.standing.value}, 409
    check_in_id = (request.view_args or {})["check_in_id"]
    check_in = answer_page.find(check_in_id, by=actor())
    if check_in.can_be_answered or check_in.status in OVER:
        # A second press of Send: the first one did it.
        return redirect(url_for("answers.onwards", check_in_id=check_in_id), 303)
    late = _late_answers(check_in.open_parts)
    words = {
        "typed": [(item.text, choice.label) for _, item, choice in late],
        "crisis_first": check_in.crisis
        or any(choice.value in crisis_values(scale, item) for scale, item, choice in late),
    }
    return render_template("answers/closed.html", sitting=check_in, **words), 409


def _late_answers(parts: tuple[ReplyView, ...]) -> list[tuple[Instrument, Item, Choice]]:
    """Put what was sent too late, or saved before, beside its questions."""
    late = []
    for part in parts:
        for item in part.instrument.items:
            text = request.form.get(forms.PREFIX + item.code)
            saved = part.answers.get(item.code)
            choice = next(
                (c for c in item.choices if str(c.value) == text or c.value == saved), None
            )
            if choice is not None:
                late.append((part.instrument, item, choice))
    return late
