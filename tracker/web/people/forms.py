"""The forms of enrolling people, of what they sign in by, and of what they may do."""

from typing import TYPE_CHECKING

from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget

from tracker.domain.access import Role
from tracker.services.people.accounts import AccountDraft, PersonView
from tracker.web.drafts.stamped import StampedForm
from tracker.web.forms import LineText, LongText, NounForm

if TYPE_CHECKING:  # a start does without
    from tracker.services.people.identity import IdentityDraft

ROLES = {
    Role.CLINICIAN: "Clinician: sees the clinic's patients and records their treatment",
    Role.ADMINISTRATOR: "Administrator: invites people, sets the clinic up, reads the audit trail",
    Role.PATIENT: "Patient: sees their own progress",
}
IDENTITY = ("name", "email", "sign_in_name")
_OFF = {"autocomplete": "off"}


class Checks(SelectMultipleField):
    """Several choices, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _role(text: str) -> Role:
    role = Role(text)
    if role not in ROLES:
        raise ValueError
    return role


def _roles(*offered: Role) -> Checks:
    return Checks(
        "Roles",
        coerce=_role,
        choices=[SelectChoice(role.value, ROLES[role]) for role in offered],
        invalid_value_message="Choose among the roles of the list.",
        invalid_choice_message="Choose among the roles of the list.",
    )


def _email() -> LineText:
    return LineText("E-mail", widget=EmailInput(), render_kw=_OFF)


def _sign_in_name() -> LineText:
    return LineText(
        "Sign-in name",
        description="Needed only where several people share the mailbox: each then signs in by a "
        "name of their own. Empty otherwise.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class InviteForm(NounForm):
    """Somebody new."""

    name = LineText("Name", render_kw=_OFF)
    email = _email()
    sign_in_name = _sign_in_name()
    roles = _roles(*ROLES)
    record_number = LineText(
        "Record number",
        description="Only for a patient: whose record the account shows. Name and e-mail must be "
        "those of the record.",
        render_kw=_OFF,
    )

    def draft(self) -> AccountDraft:
        """Hand over what was typed."""
        return AccountDraft(
            name=self.name.data,
            email=self.email.data,
            roles=frozenset(self.roles.data or ()),
            record_number=self.record_number.data,
            sign_in_name=self.sign_in_name.data,
        )


class InvitePatientForm(NounForm):
    """A patient who gets an account, by the name and the e-mail of their record."""

    sign_in_name = _sign_in_name()


class IdentityForm(StampedForm):
    """What an account is called, and signs in by."""

    name = LineText("Name", render_kw=_OFF)
    email = _email()
    sign_in_name = _sign_in_name()

    def stand_on_person(self, person: PersonView) -> None:
        """Say what stands of the account."""
        words = {self[name].label.text: getattr(person, name) for name in IDENTITY}
        self.stand_on(tuple(getattr(person, name) for name in IDENTITY), words)

    def draft(self) -> "IdentityDraft":
        """Hand over what was typed."""
        from tracker.services.people.identity import IdentityDraft

        return IdentityDraft(
            name=self.name.data, email=self.email.data, sign_in_name=self.sign_in_name.data
        )


class WhyForm(NounForm):
    """An act that is asked for with a reason."""

    reason = LongText(
        "Reason",
        description="Kept with the account, for administrators. Write nothing of treatment.",
        render_kw={"rows": 2},
    )


class RolesForm(WhyForm, StampedForm):
    """Which roles somebody has."""

    def stand_on_roles(self, held: tuple[Role, ...]) -> None:
        """Say which roles stand."""
        names = ", ".join(role.value for role in sorted(held))
        self.stand_on(tuple(sorted(held)), {"Roles": names})

    roles = _roles(Role.CLINICIAN, Role.ADMINISTRATOR)


class ActForm(NounForm):
    """One press of a button."""

    act = LineText(validators=[InputRequired()])
