import pytest

from tests.builders.courses import add_session, treat
from tests.people import ANNA
from tracker.services.unit_of_work import unit_of_work
from tracker.web.progress import parts


def page(treated):
    return f"/patients/{treated.patient_id}/"


@pytest.fixture
def rendered(monkeypatch):
    """The parts that were rendered, and not found among those kept."""
    seen = []
    get = parts.get_template_attribute
    monkeypatch.setattr(
        parts, "get_template_attribute", lambda name, part: seen.append(name) or get(name, part)
    )
    return seen


def test_a_part_is_rendered_once_while_its_course_stays_as_it_is(browse, cast, rendered):
    treated = treat(cast.anna)
    browser = browse(ANNA)
    first = browser.client.get(page(treated)).text
    assert browser.client.get(page(treated)).text == first
    assert rendered == ["patients/_page.html"] * 4


def test_a_recorded_session_is_on_the_page_at_once(browse, cast, rendered):
    treated = treat(cast.anna)
    browser = browse(ANNA)
    before = browser.client.get(page(treated)).text
    with unit_of_work(cast.anna) as unit:
        added = add_session(cast.anna, treated, number=3, mood_after=10)
        unit.audit("test.recorded")
    after = browser.client.get(page(treated)).text
    assert f"/sessions/{added}/" not in before
    assert f"/sessions/{added}/" in after
    assert rendered == ["patients/_page.html"] * 4 * 2


def test_two_patients_without_a_course_do_not_share_a_part(browse, cast):
    browser = browse(ANNA)
    for number in ("A-1", "A-2"):
        treated = treat(cast.anna, record_number=number, sessions=0, scores=0)
        assert (
            f"/patients/{treated.patient_id}/series/new" in browser.client.get(page(treated)).text
        )


def test_two_courses_of_one_hash_are_told_apart(app, monkeypatch):
    class Key(tuple):
        def __hash__(self):
            return 1

    monkeypatch.setattr(
        parts, "get_template_attribute", lambda *_: lambda **values: values["words"]
    )
    with app.test_request_context("/"):
        assert parts.part("test", Key("a"), lambda: {"words": "one"}) == "one"
        assert parts.part("test", Key("b"), lambda: {"words": "two"}) == "two"
        assert parts.part("test", Key("b"), lambda: {"words": "three"}) == "two"
