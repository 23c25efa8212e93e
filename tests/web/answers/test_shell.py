"""The page of nobody that a patient's phone keeps for a lost connection."""

import re
from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.check_ins import ask
from tests.people import ANNA, BEN
from tests.stopping import stopped_at
from tests.web.live.kept_files import kept, needed

time = stopped_at(courses.FIRST + timedelta(days=4))  # a day after the second session


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console)


@pytest.fixture
def pages(cast, browse, treated):
    """Every page of a patient that is kept, by its address."""
    courses.account(cast.console, treated)
    check_in = ask(cast.anna, treated.patient_id)
    patient = browse(BEN)
    patient.open(f"/answers/{check_in}/")
    patient.send(f"/answers/{check_in}/begin", {}, expect=303)
    addresses = (
        f"/answers/{check_in}/questions/phq9/",
        f"/diary/{treated.patient_id}/now",
        f"/diary/{treated.patient_id}/note",
        f"/diary/sessions/{treated.session_ids[-1]}/day-after",
    )
    found = {}
    for address in addresses:
        patient.open(address)
        found[address] = patient.response.text
    return found


def test_the_page_that_is_kept_is_the_same_for_everybody(browse):
    shell = browse.client.get("/answers/shell").text
    for person in (ANNA,):
        assert browse(person).client.get("/answers/shell").text == shell
    for word in ("csrf", "Anna", "data-person", "questions/"):
        assert word not in shell
    assert "waits on this device." in shell


def test_whom_to_call_stands_on_it(browse, pages):
    shell = browse.client.get("/answers/shell").text
    numbers = set(re.findall(r'href="(tel:[^"]+)"', next(iter(pages.values())).split("<footer")[1]))
    assert numbers
    assert numbers <= set(re.findall(r'href="(tel:[^"]+)"', shell))


def test_the_worker_keeps_every_file_that_the_kept_pages_need_and_no_other(browse, pages):
    shell = browse.client.get("/answers/shell").text
    sheets = [re.search(r"<main.*</main>", text, re.DOTALL).group() for text in pages.values()]
    files = kept(browse.client.get("/worker.js").text, "patient")
    assert files == needed(shell + "".join(sheets))
    assert all(browse.client.get(path).status_code == 200 for path in files)


def test_the_worker_answers_for_pages_of_patients_and_for_no_other(browse, pages):
    script = browse.client.get("/worker.js").text
    listed = re.search(r"const PATIENT_PAGES = \[(.*?)\];", script, re.DOTALL).group(1)
    patterns = [found.replace("\\\\", "\\") for found in re.findall(r'"(.*)"', listed)]

    def is_answered(address: str) -> bool:
        return any(re.fullmatch(pattern, address[1:]) for pattern in patterns)

    for address, text in pages.items():
        assert is_answered(address)
        assert 'data-keep-page="/worker.js" data-keep-minutes="15"' in text
    for address in ("/my/", "/answers/", "/answers/1/", "/diary/", "/diary/talk", "/links/a-B_9"):
        assert is_answered(address)
    for other in ("/", "/my/download.zip", "/answers/1/questions/phq9/review", "/patients/1/"):
        assert not is_answered(other)
