import threading

import pytest
from sqlalchemy import func, select

from tracker import instruments
from tracker.domain.problems import NotFoundError
from tracker.instruments import FOLDER, library, shelf
from tracker.models import db
from tracker.models.assessments import Edition
from tracker.services import unit_of_work
from tracker.services.instruments import editions as instrument_editions

pytestmark = pytest.mark.both_databases


def kept(by, instrument):
    with unit_of_work.unit_of_work(by) as work:
        edition_id = instrument_editions.keep(instrument)
        work.audit("test.kept")
    return edition_id


def count():
    return db.session.scalar(select(func.count()).select_from(Edition))


def test_an_instrument_is_kept_once_and_read_back_as_it_was(app, cast):
    gad7 = library()["gad7"]
    first, again = kept(cast.anna, gad7), kept(cast.anna, gad7)
    assert first == again
    assert count() == 1
    assert instrument_editions.read(first) == gad7


def test_each_instrument_is_an_edition_of_its_own(app, cast):
    ids = {kept(cast.anna, library()[code]) for code in ("phq9", "gad7", "pcl5", "pcl5-week")}
    assert len(ids) == count() == 4


def test_a_new_version_leaves_the_old_one_as_it_was(app, cast, tmp_path):
    shipped = library()["gad7"]
    old_id = kept(cast.anna, shipped)
    text = (FOLDER / "gad7.toml").read_text(encoding="utf-8")
    text = text.replace('version = "1"', 'version = "2"').replace("Trouble relaxing", "No rest")
    folder = tmp_path / instruments.OWN
    folder.mkdir(exist_ok=True)
    (folder / "gad7.toml").write_text(text, encoding="utf-8")
    instruments.use(folder)
    try:
        new_id = kept(cast.anna, library()["gad7"])
        assert instrument_editions.read(new_id).items[3].text == "No rest"
        assert instrument_editions.read(old_id).items[3].text == "Trouble relaxing"
        assert instrument_editions.read(old_id) == shipped
    finally:
        instruments.use(None)


def test_other_words_under_the_same_version_are_another_edition(app, cast):
    text = (FOLDER / "peg.toml").read_text(encoding="utf-8")
    said = shelf.from_text(text.replace("your enjoyment of life", "how you enjoy life"))
    assert said.version == library()["peg"].version
    assert kept(cast.anna, library()["peg"]) != kept(cast.anna, said)


def test_two_that_keep_the_same_text_at_once_share_one_edition(app, cast):
    inside, ids = threading.Barrier(2, timeout=10), []

    def keep():
        with app.app_context():
            inside.wait()
            ids.append(kept(cast.anna, library()["phq9"]))
            db.session.remove()

    threads = [threading.Thread(target=keep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert count() == 1


def test_an_edition_that_there_is_none_of_is_not_found(app, cast):
    with pytest.raises(NotFoundError):
        instrument_editions.read(1)


def test_every_text_that_was_answered_is_read_by_code_and_version(app, cast, settings, tmp_path):
    shipped = library()["peg"]
    said = shelf.from_text(shelf.text(shipped).replace("your enjoyment of life", "your joy"))
    for instrument in (shipped, said, library()["gad7"]):
        kept(cast.anna, instrument)
    assert instrument_editions.all_texts(settings.database_url) == {
        ("peg", "1"): [shelf.text(shipped), shelf.text(said)],
        ("gad7", "1"): [shelf.text(library()["gad7"])],
    }


def test_without_a_database_nothing_was_answered_and_none_is_made(tmp_path):
    path = tmp_path / "none.sqlite3"
    assert instrument_editions.all_texts(f"sqlite:///{path}") == {}
    assert not path.exists()
    path.touch()
    assert instrument_editions.all_texts(f"sqlite:///{path}") == {}
