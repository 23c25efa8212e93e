"""The pages of check-ins for the clinic."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.check_ins.schedule import title
from tracker.domain.codes import MailTime
from tracker.domain.problems import InvalidError
from tracker.services import clock
from tracker.services.check_ins import closing, unsent
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.check_ins.queries import Show
from tracker.services.check_ins.schedules import titles
from tracker.services.patients import commands as patient_commands
from tracker.services.unit_of_work import SentForm
from tracker.web.addresses import asked_page
from tracker.web.check_ins.forms import SendForm, WithdrawForm
from tracker.web.guard import actor, requires
from tracker.web.sessions import answers as shown

blueprint = Blueprint("check_ins", __name__)


@blueprint.app_template_filter("check_in_title")
def check_in_title(line: str | None) -> str:
    """Say in words when a check-in is asked for."""
    return title(line)


@blueprint.get("/check-ins/")
@requires(Permission.CHECK_IN_VIEW)
def listing() -> ResponseReturnValue:
    """List the clinic's check-ins: overdue, due, declined, done, or who never answers."""
    asked_for = request.args.get("show", "")
    show = Show(asked_for) if asked_for in list(Show) else Show.OVERDUE
    closing.close_over(actor().clinic_id)
    if show is Show.SILENT:
        return render_template(
            "check_ins/silent.html",
            show=show,
            shows=Show,
            found=check_in_queries.silent(by=actor()),
        )
    page = check_in_queries.listing(show, by=actor(), **asked_page())
    begun = unsent.of_check_ins((line.check_in.check_in_id for line in page.lines), by=actor())
    return render_template(
        "check_ins/listing.html", show=show, shows=Show, page=page, titles=titles(), begun=begun
    )


@blueprint.get("/patients/<int:patient_id>/check-ins")
@requires(Permission.CHECK_IN_VIEW)
def of_patient(patient_id: int) -> ResponseReturnValue:
    """List the check-ins of one patient: those to answer now, then the latest first."""
    patient = patient_commands.find(patient_id, by=actor())
    closing.close_over(actor().clinic_id)
    found = check_in_commands.of_patient(patient_id, by=actor())[::-1]
    found.sort(key=lambda one: not one.can_be_answered)
    begun = unsent.of_check_ins((one.check_in_id for one in found if one.is_open), by=actor())
    return render_template(
        "check_ins/of_patient.html", patient=patient, found=found, titles=titles(), begun=begun
    )


@blueprint.get("/check-ins/<int:check_in_id>/")
@requires(Permission.CHECK_IN_VIEW)
def show(check_in_id: int) -> ResponseReturnValue:
    """Show how much of a check-in is answered; the answers themselves once it is over."""
    found = unsent.find(check_in_id, by=actor())
    patient = patient_commands.find(found.check_in.patient_id, by=actor())
    return render_template(
        "check_ins/show.html", found=found, one=found.check_in, patient=patient, titles=titles()
    )


@blueprint.route("/patients/<int:patient_id>/check-ins/new", methods=["GET", "POST"])
@requires(Permission.CHECK_IN_EDIT)
def new(patient_id: int) -> ResponseReturnValue:
    """Send a check-in by hand."""
    patient = patient_commands.find(patient_id, by=actor())
    form, now = SendForm(), clock.now()
    form.offer(patient.draft.indications, now.astimezone(g.clinic.zone).date())
    asked, times = form.instruments.data or [], form.times(g.clinic.zone, now)
    if form.is_submitted() and not form.validate():
        form.show(check_in_commands.problems(asked, *times))
    elif form.is_submitted():
        sent = SentForm(once=form.once.data, seen=shown.read(form.seen.data))
        made = form.send(
            lambda: check_in_commands.add(patient_id, asked, *times, by=actor(), sent=sent)
        )
        if made is not None:
            flash("Check-in sent. The patient sees it when they sign in.", "success")
            return redirect(url_for("check_ins.of_patient", patient_id=patient_id), 303)
    form.seen.data = shown.write(form.findings)
    page = render_template("check_ins/new.html", form=form, patient=patient)
    return page, form.status if form.is_submitted() else 200


@blueprint.route("/check-ins/<int:check_in_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.CHECK_IN_EDIT)
def withdraw(check_in_id: int) -> ResponseReturnValue:
    """Take a check-in back, with a reason."""
    one = check_in_commands.find(check_in_id, by=actor())
    form = WithdrawForm()

    def take_back() -> int:
        check_in_commands.withdraw(check_in_id, form.reason.data, by=actor())
        return check_in_id

    if form.validate_on_submit() and form.send(take_back) is not None:
        flash("Check-in withdrawn.", "success")
        return redirect(url_for("check_ins.of_patient", patient_id=one.patient_id), 303)
    page = render_template(
        "check_ins/withdraw.html",
        form=form,
        one=one,
        patient=patient_commands.find(one.patient_id, by=actor()),
        titles=titles(),
    )
    return page, form.status if form.is_submitted() else 200


@blueprint.post("/check-ins/<int:check_in_id>/send-again")
@requires(Permission.CHECK_IN_EDIT)
def send_again(check_in_id: int) -> ResponseReturnValue:
    """Send a new link to a check-in; the earlier one ends with it."""
    # Imported here, with all that writes letters: a server rarely does, and every start would pay.
    from tracker.services.letters import commands as letter_commands

    one = check_in_commands.find(check_in_id, by=actor())
    try:
        letter_commands.send_again(check_in_id, by=actor())
        flash("A new link goes out with the next e-mails. The earlier one then ends.", "success")
    except InvalidError as error:
        for problem in error.problems:
            flash(problem.message, "warning")
    return redirect(url_for("check_ins.of_patient", patient_id=one.patient_id), 303)


@blueprint.post("/patients/<int:patient_id>/mail")
@requires(Permission.PATIENT_EDIT)
def mail(patient_id: int) -> ResponseReturnValue:
    """Stop the reminders to a patient who wants none, begin them again, or set their hour."""
    from tracker.services.letters import commands as letter_commands

    wanted = request.form.get("mail", "")
    if wanted == "stop":
        letter_commands.stop_mail(patient_id, by=actor())
        flash("No more reminders are sent to this patient by e-mail.", "success")
    else:
        at = MailTime(wanted) if wanted in list(MailTime) else None
        letter_commands.resume_mail(patient_id, by=actor(), at=at)
        flash("Reminders are sent to this patient by e-mail.", "success")
    return redirect(url_for("patients.show", patient_id=patient_id), 303)
