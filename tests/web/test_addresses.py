import pytest
from flask import url_for
from werkzeug.routing import Map, Rule

from tracker.web.addresses import address


@pytest.mark.parametrize("root", ["/", "/tracker"])
def test_a_remembered_address_is_the_one_flask_builds(app, root):
    with app.test_request_context("/", base_url=f"http://localhost{root}"):
        for _ in range(2):
            for endpoint, values in (
                ("patients.show", {"patient_id": 7}),
                ("static", {"filename": "layouts/site.css"}),
                ("guide.index", {}),
                ("patients.listing", {"q": "Ann O'Hara", "page": 2}),
                ("security.login", {"_external": True}),
            ):
                assert address(endpoint, **values) == url_for(endpoint, **values)


def test_every_page_has_the_address_that_werkzeug_would_build(app):
    usual = Map([Rule(rule.rule, endpoint=rule.endpoint) for rule in app.url_map.iter_rules()],
                converters=app.url_map.converters)  # fmt: skip
    late, plain = app.url_map.bind("localhost"), usual.bind("localhost")
    for rule in app.url_map.iter_rules():
        # An address that knows its words takes no other.
        values = {
            name: min(getattr(rule._converters[name], "items", [7])) for name in rule.arguments
        }
        for more in ({}, {"q": "Ann O'Hara"}):
            asked = rule.endpoint, values | more
            assert late.build(*asked) == plain.build(*asked)


def test_what_somebody_typed_is_not_remembered(app):
    with app.test_request_context("/"):
        address("patients.listing", q="Hara")
        assert app.extensions["addresses"] == {}
