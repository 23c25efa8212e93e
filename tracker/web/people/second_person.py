"""What a form asks of a second person: a colleague who confirms it there and then."""

from collections.abc import Iterable

from wtforms import PasswordField, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain import parsing
from tracker.domain.people.second_person import SecondPersonClaim
from tracker.services.people.second_person import Colleague


class SecondPersonFields:
    """Fields of a form in which a colleague signs with their own password or code.

    Nobody signs in: what they type is looked at once, and kept nowhere.
    """

    second_id = SelectField("A colleague", default="", validate_choice=False)
    second_secret = PasswordField(
        "They confirm it",
        description="With their own password, or the code of their authenticator.",
        render_kw={"autocomplete": "one-time-code"},
    )

    def offer_colleagues(self, found: Iterable[Colleague]) -> None:
        """Offer those who may be chosen, after nobody."""
        self.second_id.choices = [
            SelectChoice("", "Nobody of the list"),
            *(SelectChoice(str(one.user_id), one.name) for one in found),
        ]

    def claim(self, name: str) -> SecondPersonClaim:
        """Say who is claimed to have been there; `name` is what was typed beside the list."""
        chosen = parsing.row_id(self.second_id.data or "")
        unknown = -1 if self.second_id.data else None  # no row: the list is asked for again
        user_id = unknown if chosen is None else chosen
        return SecondPersonClaim(name, user_id, self.second_secret.data or "")
