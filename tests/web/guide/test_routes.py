import re
from itertools import groupby

import pytest

from tests.builders.clinics import settle
from tests.builders.courses import account, treat
from tests.people import ANNA, BEN
from tracker.domain.access import POLICY
from tracker.domain.instruments.toml_file import check_file, check_wording
from tracker.domain.sessions.point import MOOD, PAIN
from tracker.exchange.tables import EXPORTED
from tracker.instruments import FOLDER, library
from tracker.web.guide import matrix, pages


def test_anybody_may_read_every_page(browse):
    for name in sorted(pages.names()):
        browse.open(f"/guide/{name}")


def test_the_guide_opens_with_its_index(browse):
    page = browse.open("/guide/")
    assert {"for-patients", "for-clinicians", "for-administrators"} <= set(page.links)


@pytest.mark.parametrize("path", ["/guide/", "/guide/for-patients", "/guide/instruments"])
def test_a_patient_finds_the_numbers_of_their_clinic_on_top_and_nobody_else_does(
    browse, cast, path
):
    settle(cast.clinic_id, "GB", phone="555 0100")
    account(cast.console, treat(cast.anna))
    page = browse(BEN).open(path)
    said = "In a crisis call 116 123 . Emergency: 999 . Your clinic: 555 0100"
    assert said in page.text
    assert {"tel:116123", "tel:999", "tel:5550100"} <= set(page.links)
    for browser in (browse(ANNA), browse):
        assert "tel:999" not in browser.open(path).links


def test_every_link_between_pages_leads_somewhere(browse):
    for name in sorted(pages.names()):
        page = browse.open(f"/guide/{name}")
        within = [link for link in page.links if not re.search("/|^#|^tel:", link)]
        assert set(within) <= pages.names(), name


@pytest.mark.parametrize("name", ["nothing", "..%2Fapp", "index.md", "for-patients/"])
def test_there_are_no_other_pages(browse, name):
    browse.open(f"/guide/{name}", expect=404)


def test_the_access_page_answers_for_every_permission(browse):
    page = browse.open("/guide/access")
    assert all(what in page.text for what, _ in matrix.rows())
    assert len(matrix.rows()) == len(POLICY)


def test_the_matrix_says_what_the_policy_says():
    answers = {
        what: dict(zip(matrix.ROLES.values(), row, strict=True)) for what, row in matrix.rows()
    }
    assert answers["Progress: view"] == {
        "Administrator": "no", "Clinician": "yes", "Patient": "their own", "Command line": "yes",
    }  # fmt: skip
    assert answers["Private notes: view"]["Patient"] == "no"
    assert answers["People: manage"]["Administrator"] == "yes"


def test_the_columns_of_every_file_are_described(browse):
    page = browse.open("/guide/import-and-export")
    for table in EXPORTED.values():
        # A heading may break at its underscores.
        assert set(table.headings) <= set(page.text.replace("_ ", "_").split()), table.name


def test_every_scale_is_explained_with_the_sources_of_its_words(browse):
    page = browse.open("/guide/what-the-picture-shows")
    for scale in library().values():
        assert scale.title in page.text
        assert scale.bands_source in page.text
        if scale.code not in (MOOD, PAIN):  # drawn as pairs: no response is worked out from them
            assert scale.change.response_source in page.text


def test_every_scale_is_listed_with_its_source_its_licence_and_who_answers(browse):
    page = browse.open("/guide/instruments")
    for scale in library().values():
        for words in (scale.title, scale.source, scale.licence, scale.recall):
            assert words in page.text
    assert "10 questions, by the patient or by staff" in page.text
    assert "1 question, by the patient or by staff" in page.text
    assert "Total only, by staff, until the clinic adds the wording" in page.text


def test_the_notice_of_loinc_is_shown_where_its_codes_are_spoken_of(browse):
    notice = (FOLDER / "NOTICE.txt").read_text(encoding="utf-8")
    assert " ".join(notice.split()) in browse.open("/guide/instruments").text


def indented(name):
    """The examples of a page: what is indented in its file."""
    lines = (pages.FOLDER / f"{name}.md").read_text(encoding="utf-8").splitlines()
    blocks = [list(block) for code, block in groupby(lines, _is_code) if code]
    return ["\n".join(line[4:] for line in block) for block in blocks]


def _is_code(line):
    return line.startswith("    ") or not line


def test_the_example_of_an_instrument_file_can_be_used_as_it_stands():
    [example] = [text for text in indented("for-administrators") if "[[items]]" in text]
    assert check_file(example) == []


def test_the_example_of_a_wording_file_fits_the_screener():
    [example] = [text for text in indented("for-administrators") if "[wording.items]" in text]
    assert check_wording(example, library()["c-ssrs-screener"]) == []


def test_the_example_is_of_nobody_and_open_to_all(browse):
    answer = browse.client.get("/guide/example.svg?shape=phone&theme=dark")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    again = browse.client.get(
        "/guide/example.svg?shape=phone&theme=dark",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304


def test_markup_in_a_page_that_is_not_wanted_is_dropped(tmp_path, monkeypatch):
    (tmp_path / "odd.md").write_text(
        "# Odd\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))"
    )
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    monkeypatch.setattr(pages, "names", lambda: frozenset({"odd"}))
    made = pages.page("odd")
    assert made.title == "Odd"
    assert "script" not in made.html
