"""Which new passwords are refused, and what is said of them."""

import subprocess
import sys

import pytest
from sqlalchemy import select

from tracker.models import db
from tracker.models.users import User
from tracker.services.people import passwords

ABOUT = ("Annabel Quint", "a.quint@riverside.example", "quint-a", "Harbour Light Clinic")
NAME, COMMON = "mostly your name", "many people have it"
KEYS, ROW, AGAIN = "side by side", "row of letters", "again and again"
FEW = "too few words"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("letmein letmein", AGAIN),
        ("letmeinletmein", AGAIN),
        ("sunshine sunshine sunshine", AGAIN),
        ("Password-password1", AGAIN),
        ("aaaaaaaaaaaaaaaa", AGAIN),
        ("heron heron heron heron", AGAIN),
        ("qwertyuiopasdf", KEYS),
        ("1qaz2wsx3edc4rfv", KEYS),
        ("zxcvbnm,./zxcvbnm", ""),
        ("abcdefghijklmnop", ROW),
        ("123456789012345", ""),
        ("passwordpassword", AGAIN),
        ("princess dragon monkey", COMMON),
        ("sunshine flower 99", ""),
        ("iloveyou1234", COMMON),
        ("annabel quint 1984", NAME),
        ("harbour light clinic", NAME),
        ("a.quint@riverside.example", NAME),
        ("session tracker 2026", NAME),
        ("ketamine clinic 1", NAME),
        ("25.12.1984 25.12.1984", ""),
        ("correct password", ""),
        ("P4ssw0rd!P4ssw0rd!", AGAIN),
    ],
)
def test_what_many_would_try_is_refused_and_the_message_says_why(password, said):
    found = passwords.weakness(password, about=ABOUT)
    assert found.startswith("Too easy to guess: "), password
    assert said in found


@pytest.mark.parametrize(
    "password",
    [
        "seven tired horses walk home",
        "eight patient herons wade south",
        "correct horse battery staple",
        "möwen über grauem wasser",
        "k9Vt-2mQx-81Lr-Wq0s",
        "the kettle sang again at four",
        "w" + "q8Lm2 xTr5 " * 7 + "end of a very long one",
        "horse tulip marble candle " * 4,
    ],
)
def test_what_is_long_and_of_ones_own_is_taken(password):
    assert passwords.weakness(password, about=ABOUT) == ""


def test_every_letter_counts_to_the_longest_there_is(cast):
    start = "seven tired horses walk home by the sea and rest until the next morning comes " * 2
    longest = start[: passwords.LONGEST]
    user = db.session.get_one(User, cast.anna.user_id)
    user.password = passwords.hash_for_storage(longest)
    assert passwords.is_right(user, longest)
    assert not passwords.is_right(user, longest[:-1])
    assert not passwords.is_right(user, longest[:-1] + "#")


def test_what_others_know_of_somebody_is_their_names_and_the_clinic(cast):
    user = db.session.scalars(select(User).where(User.id == cast.anna.user_id)).one()
    assert set(passwords.known_of(user)) >= {"Anna Clinician", "anna@example.org", "Harbour Clinic"}


def test_what_judges_them_is_not_loaded_at_a_start():
    script = "import sys, tracker.services.people.passwords; print('zxcvbn' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == "False"
