from datetime import date

import pytest
from msgspec.structs import replace

from tracker.domain.safety_checks import draft as check_rules
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind

TODAY = date(2026, 3, 2)
GOOD = SafetyCheckDraft(kind=CheckKind.LIVER, checked_on=TODAY, value="ALT 24 U/L", note="")


def fields(draft):
    return [one.field for one in check_rules.check(draft, today=TODAY)]


def test_a_result_with_its_day_is_taken():
    assert fields(GOOD) == []


@pytest.mark.parametrize(
    ("otherwise", "field"),
    [
        ({"kind": None}, "kind"),
        ({"checked_on": None}, "checked_on"),
        ({"checked_on": date(2026, 3, 3)}, "checked_on"),
        ({"checked_on": date(1969, 12, 31)}, "checked_on"),
        ({"value": "  "}, "value"),
        ({"value": "x" * 201}, "value"),
        ({"note": "x" * 2_001}, "note"),
    ],
)
def test_what_cannot_be_is_telling_moment_its_field(otherwise, field):
    assert fields(replace(GOOD, **otherwise)) == [field]
