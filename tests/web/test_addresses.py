import pytest
from flask import url_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import BuildError, Map, Rule

from tracker.web import addresses
from tracker.web.addresses import LateRule, address


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


@pytest.fixture
def plain(app):
    """The same addresses as werkzeug alone prepares them: the slow way, which is the truth."""
    rules = [Rule(rule.rule, endpoint=rule.endpoint) for rule in app.url_map.iter_rules()]
    return Map(rules, converters=app.url_map.converters).bind("localhost")


def built(adapter, endpoint, values, append_unknown):
    try:
        return adapter.build(endpoint, values, append_unknown=append_unknown)
    except (BuildError, TypeError, ValueError) as error:
        return type(error)


def test_every_page_has_the_address_that_werkzeug_would_build(app, plain):
    late = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        # An address that knows its words takes no other.
        values = {
            name: min(getattr(rule._converters[name], "items", [7])) for name in rule.arguments
        }
        for more in ({}, {"q": "Ann O'Hara"}):
            asked = rule.endpoint, values | more
            assert late.build(*asked) == plain.build(*asked)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(st.integers(0, 10**16), WORDS, st.none(), st.lists(WORDS, max_size=2))
SHARED = [HealthCheck.function_scoped_fixture]


@settings(suppress_health_check=SHARED, deadline=None)
@given(st.data())
def test_whatever_is_asked_both_ways_build_the_same_address_or_none(app, plain, data):
    late = app.url_map.bind("localhost")
    arguments = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    endpoint = data.draw(st.sampled_from(sorted(arguments)))
    names = sorted({*arguments[endpoint], "q", "page", "_odd name&"})
    values = data.draw(st.dictionaries(st.sampled_from(names), VALUES))
    for also in (True, False, True):
        assert built(late, endpoint, values, also) == built(plain, endpoint, values, also)


def test_an_address_is_prepared_when_it_is_first_built_and_once(monkeypatch):
    """Werkzeug's method is private: where a release renames it, nothing is late any more."""
    prepared = []
    usual = Rule._compile_builder

    def prepare(rule, append_unknown=True):
        prepared.append(rule.endpoint)
        return usual(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", prepare)
    adapter = Map([LateRule("/a/<int:one>", endpoint="a"), LateRule("/b", endpoint="b")])
    adapter = adapter.bind("localhost")
    assert prepared == []
    for number in (1, 2, 3):
        assert adapter.build("a", {"one": number}) == f"/a/{number}"
    assert prepared == ["a"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["patients.show", "patients.listing", "static", "guide.index"]),
            st.integers(1, 3),
            st.booleans(),
        ),
        max_size=30,
    ),
    st.integers(1, 4),
)
@settings(suppress_health_check=SHARED, deadline=None)
def test_what_is_remembered_is_what_flask_would_build_now(app, asked, kept):
    app.extensions["addresses"].clear()
    with pytest.MonkeyPatch.context() as patch, app.test_request_context("/"):
        patch.setattr(addresses, "KEPT", kept)
        for endpoint, number, external in asked:
            own = {"patients.show": "patient_id", "static": "filename"}.get(endpoint, "page")
            values = {own: f"{number}.css" if endpoint == "static" else number}
            values |= {"_external": True} if external else {}
            assert address(endpoint, **values) == url_for(endpoint, **values)
            assert len(app.extensions["addresses"]) <= kept


def test_what_somebody_typed_is_not_remembered(app):
    with app.test_request_context("/"):
        address("patients.listing", q="Hara")
        assert app.extensions["addresses"] == {}
