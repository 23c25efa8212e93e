from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from tracker.domain.patients.draft import PatientDraft
from tracker.models import db, schema
from tracker.models.drafts import Draft, Submission
from tracker.models.patients import PatientWord
from tracker.models.users import CountedTry, SignIn
from tracker.services import clock
from tracker.services.backups import folder
from tracker.services.patients import commands as patient_commands
from tracker.services.people import logins
from tracker.services.system import database as system_database

pytestmark = pytest.mark.both_databases
AN_HOUR = timedelta(hours=1)


def test_old_drafts_keys_and_ended_sign_ins_are_dropped_and_young_ones_kept(app, cast):
    now = clock.now()
    for age_days in (1, 100):
        then = now - timedelta(days=age_days)
        db.session.add(
            Draft(user_id=cast.anna.user_id, form=f"extra-{age_days}", content={}, kept_at=then)
        )
        db.session.add(Submission(key=f"key-{age_days}", result_id=1, saved_at=then))
        db.session.add(CountedTry(address=f"{age_days}", what="links", at=then + AN_HOUR))
        token = logins.begin(cast.anna.user_id, address="")
        db.session.get(SignIn, logins._hash(token)).ended_at = then
    open_token = logins.begin(cast.anna.user_id, address="")
    db.session.commit()
    system_database.tidy()
    assert [draft.form for draft in db.session.query(Draft)] == ["extra-1"]
    assert [one.key for one in db.session.query(Submission)] == ["key-1"]
    assert [one.address for one in db.session.query(CountedTry)] == ["1"]
    left = {row.token_hash for row in db.session.query(SignIn)}
    assert logins._hash(open_token) in left
    assert len(left) == 2


def test_an_upgrade_adds_the_words_that_an_older_program_did_not_look_patients_up_by(
    cast, settings, tmp_path
):
    draft = PatientDraft(
        record_number="1", family_name="O'Neill-D'Arcy", birth_date=date(1980, 4, 3)
    )
    patient_commands.add(draft, by=cast.anna)
    everything = set(db.session.scalars(select(PatientWord.word)))
    db.session.execute(delete(PatientWord).where(PatientWord.word.in_(["darcy", "=1980-04-03"])))
    db.session.commit()
    system_database.upgrade(settings.database_url, tmp_path)
    assert set(db.session.scalars(select(PatientWord.word))) == everything


def test_a_copy_before_an_upgrade_has_its_name_only_when_it_is_whole(
    settings, tmp_path, monkeypatch
):
    if not settings.database_url.startswith("sqlite"):
        return  # a file is copied, and a server's database is backed up
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "of-a-killed-one.sqlite3.part").touch()
    schema.downgrade(settings.database_url, "-1")
    with monkeypatch.context() as patched:
        patched.setattr(folder, "flush_to_disk", lambda _file: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            system_database.upgrade(settings.database_url, tmp_path)
    assert not list((tmp_path / "copies").glob("*.sqlite3"))
    before, after, copy = system_database.upgrade(settings.database_url, tmp_path)
    assert before != after == schema.current(settings.database_url)
    assert list((tmp_path / "copies").iterdir()) == [copy]
    assert schema.current(f"sqlite:///{copy}") == before
