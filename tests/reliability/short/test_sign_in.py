"""Nobody learns who has an account, and what is tried against a sign-in fails."""

import pytest

from tests.reliability import sign_in, sign_in_abuse

# Each of 200 pages, and six hours: tests/web and tests/services have the first of both.
LONG = {"no page opens before the second step", "a stranger elsewhere locks nobody out"}


def test_every_form_that_a_stranger_can_send_is_measured_or_says_why_not(app):
    assert sign_in.open_forms(app) == sign_in.listed_forms()
    assert not {name.partition(":")[0] for name in sign_in.FORMS} & sign_in.ALIKE.keys()


def test_both_cases_of_each_form_are_answered_alike(app, cast):
    bench = sign_in.Bench(app, cast)
    said = {name: bench.run(form, tries=0).said for name, form in sign_in.FORMS.items()}
    assert not {name: found for name, found in said.items() if len(found) != 1}


@pytest.mark.parametrize("name", sorted(sign_in_abuse.CHECKS.keys() - LONG))
def test_it_holds(app, cast, name):
    assert sign_in_abuse.CHECKS[name](app, cast) == ""
