import threading
import time

import pytest
from sqlalchemy import text

from tracker.models import db
from tracker.services import unit_of_work
from tracker.services.audit import queries as audit_queries

pytestmark = pytest.mark.both_databases


def test_an_unaudited_unit_of_work_stores_nothing(app, cast):
    before = audit_queries.verify().lines
    with pytest.raises(unit_of_work.UnauditedError), unit_of_work.unit_of_work(cast.anna):
        pass
    assert audit_queries.verify().lines == before


def test_the_chain_holds_and_a_tampered_line_is_found(app, cast):
    unit_of_work.audit(cast.anna, "test.noted", "x:1")
    verdict = audit_queries.verify()
    assert verdict.intact
    assert verdict.lines >= 1


def test_no_line_can_be_changed_in_the_database(app, cast):
    with pytest.raises(Exception, match="only ever appended"):
        db.session.execute(text("UPDATE audit_event SET actor = 'somebody else'"))
    db.session.rollback()


def test_the_same_form_sent_twice_at_once_is_saved_once(app, cast):
    outcomes = []

    def send(result_id):
        with app.app_context():
            try:
                with unit_of_work.unit_of_work(cast.anna) as work:
                    work.once("one-form")
                    time.sleep(0.05)  # long enough for the other to be inside too
                    work.mark_saved("one-form", result_id)
                    work.audit("test.saved")
                outcomes.append(("saved", result_id))
            except unit_of_work.AlreadySavedError as error:
                outcomes.append(("already", error.result_id))
            db.session.remove()

    threads = [threading.Thread(target=send, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saved = [result for outcome, result in outcomes if outcome == "saved"]
    assert len(saved) == 1
    assert ("already", saved[0]) in outcomes
