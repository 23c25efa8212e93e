"""Whose label a clinic goes by: the one place where that is decided, and how rules name theirs.

Spravato has other rules in other countries: the REMS and its forms are those of the United States,
the first dose of 28 mg from 65 years on is the European Union's.
"""

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.measures import CLINIC_DEFAULT

# What the documents are called, with the revision that was compared. DailyMed, set
# d81a6a79-a74a-44b7-822c-0dfa3036eaed, version 18.
SPRAVATO = "Spravato US label (effective 13 Mar 2026)"
SPRAVATO_EU = "Spravato EU product information"
# DailyMed, set f8b01c77-620d-4734-a771-b8524b65bcca.
KETAMINE = "ketamine US label (revised Feb 2024)"
# FDA's page of the programme: respiratory depression and pulse oximetry were added that day.
REMS = "Spravato REMS (updated 31 Dec 2024)"

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


class LabelSource(Struct, frozen=True):
    """Where a rule stands in each label; '' for a label that does not have it.

    `otherwise` says it where no label that has it applies: a paper, say. Without it, the clinic.
    """

    us: str
    eu: str = ""
    otherwise: str = ""

    def text(self, labels: Labels) -> str:
        """Name the labels that apply and have the rule, else the clinic itself."""
        said = [
            text for label, text in ((Label.US, self.us), (Label.EU, self.eu)) if label in labels
        ]
        if any(said):
            return "; ".join(text for text in said if text)
        return self.otherwise or (ELSEWHERE if self.us and self.eu else CLINIC_DEFAULT)
