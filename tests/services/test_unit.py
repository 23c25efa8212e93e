import pytest
from sqlalchemy import text

from tracker.models import db
from tracker.services import trail, unit


def test_an_unaudited_unit_of_work_stores_nothing(app, cast):
    before = trail.verify().lines
    with pytest.raises(unit.UnauditedError), unit.unit_of_work(cast.anna):
        pass
    assert trail.verify().lines == before


def test_the_chain_holds_and_a_tampered_line_is_found(app, cast):
    unit.note(cast.anna, "test.noted", "x:1")
    verdict = trail.verify()
    assert verdict.intact
    assert verdict.lines >= 1


def test_no_line_can_be_changed_in_the_database(app, cast):
    with pytest.raises(Exception, match="only ever appended"):
        db.session.execute(text("UPDATE audit_event SET actor = 'somebody else'"))
    db.session.rollback()
