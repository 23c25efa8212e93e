"""A file of another clinic in a real browser: upload, answer, look, import, find the patient."""

from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.steps.looking import WIDE, faults_of

FILE = (
    "chart no,first name,surname,MADRS_baseline,ward\n"
    "IMP-7001,Ottilie,Zimmerwald,34,A\n"
    "IMP-7002,Anselm,Zuckerkandl,29,B\n"
)


def look(page: Page) -> None:
    """Look at the page on a desk and on a phone, in both colours."""
    for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faults_of(page) == []
    page.set_viewport_size(WIDE)


def write(page: Page, *answers: tuple[str, str]) -> None:
    """Answer in the text of the mapping, as a person would."""
    field = page.get_by_label("What the columns mean")
    text = field.input_value()
    for before, after in answers:
        assert before in text
        text = text.replace(before, after, 1)
    field.fill(text)
    page.get_by_role("button", name="Check again").click()


def test_a_file_from_elsewhere_is_uploaded_answered_looked_at_and_imported(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    page.goto("/today/")
    page.locator("details.account > summary").click()
    page.get_by_role("link", name="Import", exact=True).click()
    page.set_input_files(
        "input[type=file]",
        {"name": "ward A.csv", "mimeType": "text/csv", "buffer": FILE.encode()},
    )
    page.get_by_role("button", name="Upload and check").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("To be answered first")
    expect(main).to_contain_text("anchor.at")
    look(page)

    write(
        page,
        ("[patient]", '[patient]\nrecord_number = "chart no"'),
        ("[[scores]]", "[anchor]\nat = 2026-03-02T09:00:00\n\n[[scores]]"),
    )
    expect(main).to_contain_text("Not ready")
    expect(page.get_by_role("table", name="Problems by row and column")).to_be_visible()
    look(page)

    write(page, ("create_unknown = false", "create_unknown = true"))
    expect(main).to_contain_text("2 to store")
    expect(main).to_contain_text("Columns not used: ward")
    look(page)

    page.get_by_role("button", name="Import all of it").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    expect(main).to_contain_text("2 patients, 2 scores")
    look(page)

    page.goto("/patients/")
    page.fill("#find-patient", "zimmer ott")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zimmerwald, Ottilie")
    expect(main).to_contain_text("IMP-7001")
