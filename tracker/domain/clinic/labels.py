"""Whose label a clinic goes by: the one place where that is decided, and how rules name theirs.

Spravato has other rules in other countries: the REMS and its forms are those of the United States,
the first dose of 28 mg from 65 years on is the European Union's.
"""

from dataclasses import dataclass

from tracker.domain.codes import Word
from tracker.domain.measures import CLINIC_DEFAULT

UNCHOSEN = ""  # nobody has said yet where the clinic is
OTHER = "other"  # somewhere that no numbers are known of
UNITED_STATES = "US"
# Member states, where the product information of the Union is the law (Regulation (EC) 726/2004).
EUROPEAN_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
# What the maker gives to prescribers there says the same (janssen-pi.co.uk, Spravato 28 mg).
_AS_IN_THE_UNION = frozenset({"GB"})


class Label(Word):
    """A label with what belongs to it; a clinic may go by none, one or several."""

    US = "us", "US label and REMS"
    EU = "eu", "EU product information"


Labels = frozenset[Label]


def applying(country: str, *, us_label: bool = False, eu_label: bool = False) -> Labels:
    """Decide which labels apply in a clinic: that of its country, and those it switched on.

    While the country is unknown the US label applies, as it did before anybody could choose.
    """
    by_country = {
        Label.US: country in {UNITED_STATES, UNCHOSEN},
        Label.EU: country in EUROPEAN_UNION | _AS_IN_THE_UNION,
    }
    switched_on = {Label.US: us_label, Label.EU: eu_label}
    return frozenset(label for label in Label if by_country[label] or switched_on[label])


ELSEWHERE = "clinic default, as the labels of other countries have it"
UNTIL_CHOSEN = applying(UNCHOSEN)


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Where a rule stands in each label; '' for a label that does not have it."""

    us: str
    eu: str = ""

    def text(self, labels: Labels) -> str:
        """Name the labels that apply and have the rule, else the clinic itself."""
        said = [
            text for label, text in ((Label.US, self.us), (Label.EU, self.eu)) if label in labels
        ]
        if any(said):
            return "; ".join(text for text in said if text)
        return ELSEWHERE if self.us and self.eu else CLINIC_DEFAULT
