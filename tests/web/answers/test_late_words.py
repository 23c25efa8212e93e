"""What a patient writes with a no that comes too late is kept for the clinic."""

from sqlalchemy import select

from tests.builders.check_ins import ask
from tests.builders.courses import account, treat
from tests.people import BEN
from tracker.models import db
from tracker.models.diary import DiaryEntry


def test_words_with_a_no_that_comes_too_late_are_kept_once_for_the_clinic(cast, browse):
    treated = treat(cast.console)
    account(cast.console, treated)
    check_in, ben = ask(cast.anna, treated.patient_id), browse(BEN)
    other = browse(BEN)
    for browser in (ben, other):
        browser.open(f"/answers/{check_in}/decline")
    ben.send(f"/answers/{check_in}/decline", {"listed": "too-many"}, expect=303)
    late = {"listed": "other", "words": "My mother is ill"}
    for _ in range(2):  # pressed twice
        other.send(f"/answers/{check_in}/decline", late, expect=303)
    told = other.client.get(other.response.headers["Location"], follow_redirects=True).text
    assert "What you wrote is kept: your clinic reads it." in told
    kept = db.session.scalars(select(DiaryEntry.words).where(DiaryEntry.check_in_id == check_in))
    assert list(kept) == ["My mother is ill"]
