from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest

from tests.charts.courses import COURSES
from tracker.charts import render
from tracker.charts.style import DARK, DESKTOP, LIGHT, PHONE

SVG = "{http://www.w3.org/2000/svg}"


def test_eight_threads_draw_the_bytes_that_one_draws():
    jobs = [
        (COURSES[name](), shape, theme)
        for name in ("responder", "pain", "one", "relapse")
        for shape in (DESKTOP, PHONE)
        for theme in (LIGHT, DARK)
    ]
    alone = [render.progress_svg(*job) for job in jobs]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda job: render.progress_svg(*job), jobs * 2))
    assert together == alone * 2


def test_a_png_is_the_same_bytes_each_time_and_has_the_size_of_its_shape():
    course = COURSES["one"]()
    first = render.progress_png(course, PHONE, LIGHT)
    assert first == render.progress_png(course, PHONE, LIGHT)
    assert first.startswith(b"\x89PNG")
    assert int.from_bytes(first[16:20], "big") == round(PHONE.width_in * render.PNG_DPI)


@pytest.mark.parametrize("name", COURSES)
def test_an_svg_is_well_formed_with_ids_used_once(name):
    root = ElementTree.fromstring(render.progress_svg(COURSES[name](), DESKTOP, LIGHT))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_text_stays_text_in_fonts_of_the_reader():
    root = ElementTree.fromstring(render.progress_svg(COURSES["responder"](), PHONE, DARK))
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert "PHQ-9" in words
    styles = [element.get("style", "") for element in root.iter(f"{SVG}text")]
    assert all("'DejaVu Sans', sans-serif" in style for style in styles)


def test_a_picture_carries_no_date_of_drawing():
    assert b"dc:date" not in render.progress_svg(COURSES["one"](), DESKTOP, LIGHT)
