import pytest
from flask import url_for

from tracker.web.addresses import address


@pytest.mark.parametrize("root", ["/", "/tracker"])
def test_a_remembered_address_is_the_one_flask_builds(app, root):
    with app.test_request_context("/", base_url=f"http://localhost{root}"):
        for _ in range(2):
            for endpoint, values in (
                ("patients.show", {"patient_id": 7}),
                ("static", {"filename": "site.css"}),
                ("guide.index", {}),
                ("patients.listing", {"q": "Ann O'Hara", "page": 2}),
                ("security.login", {"_external": True}),
            ):
                assert address(endpoint, **values) == url_for(endpoint, **values)


def test_what_somebody_typed_is_not_remembered(app):
    with app.test_request_context("/"):
        address("patients.listing", q="Hara")
        assert app.extensions["addresses"] == {}
