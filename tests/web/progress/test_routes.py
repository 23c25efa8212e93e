import pytest

from tests.builders.courses import account, add_session, treat
from tests.people import ANNA, BEN, CLEO
from tracker.services.progress import drawing
from tracker.services.progress import pictures as progress_pictures
from tracker.services.unit_of_work import unit_of_work


@pytest.fixture
def treated(cast):
    return treat(cast.anna)


@pytest.fixture
def ben(cast, treated):
    return account(cast.console, treated)


def address(treated, kind="svg", query=""):
    return f"/patients/{treated.patient_id}/progress.{kind}{query}"


def ask(browser, path, tag=None):
    return browser.client.get(path, headers={"If-None-Match": tag} if tag else {})


def test_a_picture_is_an_svg_that_no_browser_keeps(browse, treated):
    answer = ask(browse(ANNA), address(treated))
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.rstrip().endswith("</svg>")
    assert answer.cache_control.no_store
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_unchanged_picture_is_not_sent_and_not_drawn_again(browse, treated, monkeypatch):
    browser = browse(ANNA)
    tag = ask(browser, address(treated)).headers["ETag"]
    monkeypatch.setattr(drawing.Picture, "content", None)
    answer = ask(browser, address(treated), tag)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag
    assert answer.cache_control.no_store


def test_a_recorded_session_changes_the_picture(browse, cast, treated):
    browser = browse(ANNA)
    before = ask(browser, address(treated))
    with unit_of_work(cast.anna) as unit:
        add_session(cast.anna, treated, number=3, mood_after=10)
        unit.audit("test.recorded")
    after = ask(browser, address(treated), before.headers["ETag"])
    assert after.status_code == 200
    assert after.data != before.data


def test_the_right_is_checked_although_the_browser_has_the_picture(browse, cast, treated):
    tag = f'"{progress_pictures.picture_of(treated.patient_id, by=cast.anna).tag}"'
    assert ask(browse, address(treated), tag).status_code == 302
    assert ask(browse(CLEO), address(treated), tag).status_code == 404


def test_a_download_is_a_png_whose_name_tells_nothing(browse, treated):
    answer = ask(browse(ANNA), address(treated, "png"))
    assert answer.data.startswith(b"\x89PNG")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="progress.png"'


@pytest.mark.parametrize("query", ["?shape=phone&theme=dark", "?theme=dark", "?shape=phone"])
def test_every_look_is_another_picture(browse, treated, query):
    browser = browse(ANNA)
    plain = ask(browser, address(treated))
    other = ask(browser, address(treated, query=query), plain.headers["ETag"])
    assert other.status_code == 200
    assert other.data != plain.data


@pytest.mark.parametrize(
    ("kind", "query"), [("svg", "?shape=round"), ("svg", "?theme=pink"), ("gif", "")]
)
def test_there_is_no_other_picture(browse, treated, kind, query):
    assert ask(browse(ANNA), address(treated, kind, query)).status_code == 404


def test_patients_see_their_own_picture_and_nobody_elses(browse, cast, treated, ben):
    stranger = treat(cast.anna, record_number="C-2")
    browser = browse(BEN)
    assert ask(browser, "/my/progress.svg").status_code == 200
    assert ask(browser, "/my/progress.png").status_code == 200
    assert ask(browser, address(treated)).status_code == 200
    assert ask(browser, address(stranger)).status_code == 404


@pytest.mark.parametrize("email", [ANNA, "adam@example.org"])
def test_staff_have_no_picture_of_their_own(browse, treated, email):
    assert ask(browse(email), "/my/progress.svg").status_code == 403


def test_an_administrator_sees_no_picture(browse, treated):
    assert ask(browse("adam@example.org"), address(treated)).status_code == 403


def test_no_picture_is_changed_by_sending_to_it(browse, treated):
    assert browse(ANNA).client.post(address(treated)).status_code in {400, 405}
