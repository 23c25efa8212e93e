"""A newcomer's first commands."""

import sqlite3
import stat

import pytest
from click.testing import CliRunner

from tests.cli.conftest import INIT
from tracker import config
from tracker.cli import main, setup
from tracker.services.system import disk_encryption


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command on an instance of its own."""
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "clinic"))
    for name in ("TRACKER_DATABASE_URL", "TRACKER_SMTP_HOST"):
        monkeypatch.delenv(name, raising=False)

    def command(*words, **options):
        return CliRunner().invoke(main, list(words), catch_exceptions=False, **options)

    return command


def test_init_makes_keys_database_and_administrator_for_their_owner_only(run, tmp_path):
    result = run(*INIT)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "clinic"
    for name in (config.KEYS_FILE, config.DATABASE_FILE):
        assert stat.S_IMODE((folder / name).stat().st_mode) & 0o077 == 0
    assert "ada@example.org" in run("user", "list").output


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Now run: tracker serve\n"),
        ("https://a.example.org", "Next, for https://a.example.org"),
    ],
)
def test_init_says_what_serves_it(run, monkeypatch, address, said):
    monkeypatch.setenv("TRACKER_ADDRESS", address)
    assert said in run(*INIT).output


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Open http://127.0.0.1:8000/ -"),
        ("http://127.0.0.1:8000", "Open http://127.0.0.1:8000/ -"),
        (
            "http://localhost:8000",
            "Open http://localhost:8000/ (served on http://127.0.0.1:8000) -",
        ),
    ],
)
def test_serve_says_to_open_what_people_type(address, said):
    assert setup._open_words(address, "127.0.0.1", 8000).startswith(said)


def test_init_twice_is_refused_in_one_line(run):
    run(*INIT)
    again = run(*INIT)
    assert again.exit_code == 1
    assert "set up already" in again.output


def test_a_weak_password_and_an_unknown_zone_are_named(run):
    weak = run(*INIT[:-1], "password1234")
    assert weak.exit_code == 1
    assert "password:" in weak.output
    zone = run(*(w if w != "America/New_York" else "Mars/Olympus" for w in INIT))
    assert zone.exit_code == 1
    assert "time_zone:" in zone.output


WRONG = {
    "--clinic": " ",
    "--time-zone": "Mars/Olympus",
    "--country": "XX",
    "--emergency-number": "112/999",
    "--name": "",
    "--email": "annx.example",
    "--password": "short",
}


def init_with(run, *more, **options):
    """Set up as usual but for what is given; None leaves an option out."""
    given = dict(zip(INIT[1::2], INIT[2::2], strict=True)) | dict(more)
    words = [w for pair in given.items() if pair[1] is not None for w in pair]
    return run("init", *words, **options)


@pytest.mark.parametrize("option", WRONG)
def test_an_init_that_is_refused_leaves_nothing_behind_and_is_simply_repeated(
    run, tmp_path, option
):
    refused = init_with(run, (option, WRONG[option]))
    assert refused.exit_code == 1
    assert f"  {option[2:].replace('-', '_')}: " in refused.output
    assert not (tmp_path / "clinic").exists()
    assert run(*INIT).exit_code == 0
    assert "active    ada@example.org" in run("user", "list").output


def test_everything_that_is_wrong_is_named_at_once(run):
    refused = init_with(run, *WRONG.items()).output
    assert all(f"  {option[2:].replace('-', '_')}: " in refused for option in WRONG)


def test_what_is_wrong_around_it_is_named_with_the_rest_and_nothing_is_made(
    run, tmp_path, monkeypatch
):
    monkeypatch.setenv("TRACKER_ADDRESS", "tracker.example.org")
    monkeypatch.setenv("TRACKER_PROXIES", "one")
    monkeypatch.setenv("TRACKER_SMTP_TLS", "perhaps")
    monkeypatch.setenv("TRACKER_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/none")
    refused = init_with(run, ("--password", "short"), ("--name", ""))
    assert refused.exit_code == 1
    for words in (
        "TRACKER_ADDRESS is 'tracker.example.org'", "TRACKER_PROXIES is 'one'",
        "TRACKER_SMTP_TLS is 'perhaps'", "TRACKER_DATABASE_URL gives no database",
        "  password: ", "  name: ",
    ):  # fmt: skip
        assert words in refused.output, words
    assert not (tmp_path / "clinic").exists()


def test_a_folder_that_cannot_be_made_is_named_with_the_rest(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "file" / "clinic"))
    refused = init_with(run, ("--country", "XX"))
    assert refused.exit_code == 1
    assert f"instance: {tmp_path / 'file'} cannot be written to" in refused.output
    assert "  country: " in refused.output


def test_a_script_that_gives_too_little_learns_all_that_is_missing(run, tmp_path):
    refused = run("init", "--clinic", "Harbour", input="")
    assert refused.exit_code == 1
    for field in ("time_zone", "country", "name", "email", "password"):
        assert f"  {field}: " in refused.output, field
    assert "  clinic: " not in refused.output
    assert not (tmp_path / "clinic").exists()


def test_every_setting_that_cannot_be_read_is_named_at_once(run, monkeypatch):
    run(*INIT)
    monkeypatch.setenv("TRACKER_PROXIES", "one")
    monkeypatch.setenv("TRACKER_IDLE_MINUTES", "long")
    told = run("user", "list")
    assert told.exit_code == 1
    assert "TRACKER_PROXIES" in told.output
    assert "TRACKER_IDLE_MINUTES" in told.output


def test_the_clinic_and_its_administrator_are_stored_together_or_not_at_all(run, monkeypatch):
    from tracker.services.people import accounts

    with monkeypatch.context() as broken:
        broken.setattr(accounts, "insert", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(*INIT)
    assert "no clinic yet" in run("doctor").output
    assert run(*INIT).exit_code == 0


def test_an_answer_that_cannot_be_is_asked_again_at_once(run):
    answers = (
        "Harbour", "Europe/London", "XX", "UK", "Ada", "adax.example", "ada@example.org",
        *["password1234"] * 2, *["seven tired horses walk home"] * 2,
    )  # fmt: skip
    made = run("init", input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.output
    asked = [line.split(":")[0].split(" (")[0] for line in made.output.splitlines()]
    for question in ("Country", "Your e-mail address", "Password"):
        assert asked.count(question) == 2, made.output
    assert "Emergency number there" not in asked
    assert "Give an e-mail address such as name@example.org." in made.output
    assert "United Kingdom: Samaritans 116 123" in run("doctor").output


def test_an_instance_that_is_set_up_is_told_before_the_first_question(run):
    run(*INIT)
    again = run("init", input="")
    assert again.exit_code == 1
    assert "set up already" in again.output
    assert "Name of the clinic" not in again.output


def empty(tmp_path, *tables):
    with sqlite3.connect(tmp_path / "clinic" / config.DATABASE_FILE) as database:
        for table in tables:
            database.execute(f'DELETE FROM "{table}"')


def test_without_a_clinic_doctor_says_what_to_run_and_nothing_is_served(run, tmp_path):
    run(*INIT)
    empty(tmp_path, "user_role", "user", "clinic")
    found = run("doctor")
    assert found.exit_code == 1
    assert "WRONG clinic    no clinic yet: run tracker init" in found.output
    served = run("serve")
    assert served.exit_code == 1
    assert "no clinic yet: run tracker init" in served.output
    assert run(*INIT).exit_code == 0


@pytest.mark.parametrize(
    "change", ["active = 0", "password = NULL", "id = id"], ids=["disabled", "invited", "no role"]
)
def test_doctor_finds_that_no_administrator_can_sign_in(run, tmp_path, change):
    run(*INIT)
    with sqlite3.connect(tmp_path / "clinic" / config.DATABASE_FILE) as database:
        database.execute(f"UPDATE user SET {change}")
    if change == "id = id":
        empty(tmp_path, "user_role")
    found = run("doctor")
    assert found.exit_code == 1
    assert "WRONG people    0 administrators can sign in" in found.output
    assert "tracker user invite NAME EMAIL --role administrator" in found.output


def test_a_command_on_an_instance_that_is_not_set_up_says_what_to_run(run):
    result = run("user", "list")
    assert result.exit_code == 1
    assert "tracker init" in result.output
    assert "Traceback" not in result.output


def test_a_database_that_is_behind_is_not_served(run, tmp_path):
    run(*INIT)
    with sqlite3.connect(tmp_path / "clinic" / config.DATABASE_FILE) as database:
        database.execute("DELETE FROM alembic_version")
    result = run("user", "list")
    assert result.exit_code == 1
    assert "tracker db upgrade" in result.output


def test_a_database_of_a_newer_program_is_left_alone(run, tmp_path):
    run(*INIT)
    with sqlite3.connect(tmp_path / "clinic" / config.DATABASE_FILE) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("db", "upgrade"), ("serve",), ("db", "current"), ("user", "list")):
        result = run(*words)
        assert result.exit_code == 1
        assert "a newer program wrote it. Nothing was changed." in result.output
        assert "tracker db upgrade" not in result.output
    assert "a newer program wrote it" in run("doctor").output


def test_doctor_finds_a_sound_instance_in_order_and_names_open_keys(run, tmp_path):
    run(*INIT)
    sound = run("doctor")
    assert sound.exit_code == 0, sound.output
    (tmp_path / "clinic" / "copy.sqlite3").touch()
    (tmp_path / "clinic" / "copy.sqlite3").chmod(0o644)
    found = run("doctor")
    assert found.exit_code == 1
    assert "chmod" in found.output


def init_in(run, country, *more):
    return run(*(word if word != "US" else country for word in INIT), *more)


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("US", "ok   crisis    United States: 988 Suicide & Crisis Lifeline 988, emergency 911"),
        ("gb", "ok   crisis    United Kingdom: Samaritans 116 123, emergency 999"),
    ],
)
def test_doctor_names_the_numbers_of_the_country(run, country, line):
    assert init_in(run, country, "--phone", "555 0100").exit_code == 0
    found = run("doctor")
    assert line in found.output
    assert "to do crisis" not in found.output


def test_somewhere_else_init_asks_for_the_emergency_number_and_doctor_for_the_rest(
    run, monkeypatch
):
    monkeypatch.setattr(disk_encryption, "is_encrypted", lambda _: True)  # whatever it lies on
    words = [word if word != "US" else "other" for word in INIT]
    made = run(*words, "--phone", "555 0100", input="117\n")
    assert made.exit_code == 0, made.output
    assert "Emergency number there" in made.output
    assert "To do, on the page Clinic: There is no crisis line." in made.output
    found = run("doctor")
    assert found.exit_code == 0
    assert "to do crisis    Another country: no crisis line, emergency 117" in found.output
    assert "There is no crisis line." in found.output
    assert "In order, with 6 to do." in found.output


def test_a_telephone_that_is_not_given_is_to_do(run):
    made = init_in(run, "GB", "--emergency-number", "911")
    assert "To do, on the page Clinic: There is no telephone of the clinic." in made.output
    found = run("doctor")
    assert found.exit_code == 0
    assert "There is no telephone of the clinic." in found.output
    assert "The one known for United Kingdom is 999" in found.output


@pytest.mark.parametrize(("typed", "kept"), [("555 0100\n", True), ("\n", False)])
def test_whoever_types_is_asked_for_the_telephone(run, monkeypatch, typed, kept):
    monkeypatch.setattr("tracker.cli.setup._somebody_types", lambda: True)
    made = run(*INIT, input=typed)
    assert made.exit_code == 0, made.output
    assert "Clinic's telephone" in made.output
    assert ("no telephone" in made.output) is not kept


def test_doctor_tells_a_clinic_from_before_countries_whose_numbers_it_shows(run, tmp_path):
    run(*INIT)
    with sqlite3.connect(tmp_path / "clinic" / config.DATABASE_FILE) as database:
        database.execute("UPDATE clinic SET settings = '{}'")
    found = run("doctor")
    assert found.exit_code == 0
    assert "to do crisis    Not chosen: 988 Suicide & Crisis Lifeline 988" in found.output
    assert "patients see 988 and 911, and the US label and REMS apply." in found.output


@pytest.mark.parametrize(
    ("country", "more", "said"),
    [
        ("XX", (), "country: Give two letters, a country's name, or other. Known: US, CA"),
        ("GB", ("--phone", "reception"), "phone: Give a telephone number"),
        ("GB", ("--emergency-number", "112/999"), "emergency_number: Give one telephone number"),
    ],
)
def test_a_country_that_is_unknown_and_two_numbers_in_one_are_named(run, country, more, said):
    made = init_in(run, country, *more)
    assert made.exit_code == 1
    assert said in made.output


def test_the_demonstration_is_made_once_and_is_separate(run, tmp_path):
    first = run("demo", "--no-serve", "--patients", "2")
    assert first.exit_code == 0, first.output
    assert "clinician@demo.example" in first.output
    folder = tmp_path / "clinic"
    assert not (folder / config.DATABASE_FILE).exists()
    made = (folder / "demo" / config.DATABASE_FILE).stat().st_size
    again = run("demo", "--no-serve", "--patients", "2")
    assert again.exit_code == 0
    assert (folder / "demo" / config.DATABASE_FILE).stat().st_size == made


def test_help_names_every_command():
    result = CliRunner().invoke(main, ["--help"])
    assert all(name in result.output for name in ("demo", "init", "serve", "import", "export"))
