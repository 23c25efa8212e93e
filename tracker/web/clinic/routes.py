"""The pages of the clinic's settings: for everybody, and for its sessions."""

from collections.abc import Sequence
from datetime import time

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import asdict

from tracker.domain import formatting
from tracker.domain.access import Permission
from tracker.domain.clinic import settings as clinic_settings
from tracker.domain.clinic.settings import ClinicDraft, ClinicSettings
from tracker.domain.codes import Word
from tracker.domain.problems import StaleError
from tracker.services.clinic import clinics, countries
from tracker.web import mail
from tracker.web.clinic import planning as planning_page
from tracker.web.clinic import treatment as treatment_page
from tracker.web.clinic.forms import MEANWHILE, ClinicForm
from tracker.web.guard import actor, requires
from tracker.web.login import fresh

blueprint = Blueprint("clinic", __name__, url_prefix="/clinic")


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.SETTINGS_MANAGE)
@fresh
def show() -> ResponseReturnValue:
    """Show the clinic's settings, and change them."""
    offered = countries.choices()
    if request.method == "GET":
        stored, version = clinics.draft(by=actor())
        form = ClinicForm(countries=offered, data=asdict(stored) | {"version": version})
        return _page(form)
    form = ClinicForm(countries=offered)

    def action() -> int:
        clinics.change_settings(form.draft(), version=form.version.data, by=actor())
        return 1

    try:
        if not form.validate():
            form.show(clinic_settings.check(form.draft(), countries=offered))
        elif _propose(form):
            pass
        elif form.send(action) is not None:
            flash("The clinic's settings are saved.", "success")
            return redirect(url_for("clinic.show"), 303)
    except StaleError:
        return _stale(form)
    return _page(form), form.status


def _propose(form: ClinicForm) -> bool:
    stored, _version = clinics.draft(by=actor())
    before = countries.numbers_of(stored.country)
    return form.propose(stored, countries.proposal(form.country.data), before)


def _page(form: ClinicForm, theirs: Sequence[tuple[str, str]] = ()) -> str:
    from tracker.web.clinic import backups as backups_page  # few pages need it

    return render_template(
        "clinic/show.html",
        form=form,
        theirs=theirs,
        to_do=countries.to_do(ClinicSettings.read(g.clinic.settings)),
        backup_note=backups_page.note(),
        disk_note=backups_page.disk_note(),
        mail_note=mail.note(),
        known=countries.by_code().get(form.country.data),
    )


@blueprint.route("/treatment", methods=["GET", "POST"])
@requires(Permission.SETTINGS_MANAGE)
@fresh
def treatment() -> ResponseReturnValue:
    """Show what the clinic sets for its sessions, and change it."""
    return treatment_page.page()


@blueprint.route("/planning", methods=["GET", "POST"])
@requires(Permission.SETTINGS_MANAGE)
@fresh
def planning() -> ResponseReturnValue:
    """Show what the clinic sets for planning, and change it."""
    return planning_page.page()


@blueprint.route("/outcomes", methods=["GET", "POST"])
@requires(Permission.SETTINGS_MANAGE)
@fresh
def outcomes() -> ResponseReturnValue:
    """Show by what outcomes are counted, and change it with a reason."""
    from tracker.web.clinic import outcomes as outcomes_page  # few pages need it

    return outcomes_page.page()


@blueprint.get("/backups")
@requires(Permission.SETTINGS_MANAGE)
def backups() -> ResponseReturnValue:
    """Show how old the newest backup is, and whether one was restored on trial."""
    from tracker.web.clinic import backups as backups_page

    return backups_page.page()


def _stale(form: ClinicForm) -> ResponseReturnValue:
    """Show what was saved meanwhile beside what was typed; saving again decides."""
    stored, version = clinics.draft(by=actor())
    theirs = _differing(form, stored)
    form.reopen(version, MEANWHILE)
    return _page(form, theirs), form.status


def _differing(form: ClinicForm, stored: ClinicDraft) -> list[tuple[str, str]]:
    typed = asdict(form.draft())
    return [
        (form[name].label.text, _value_text(value))
        for name, value in asdict(stored).items()
        if value != typed[name]
    ]


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Word):
        return value.label
    return formatting.time_of_day(value) if isinstance(value, time) else str(value)
