"""Pictures beside words: all in one file, beside its licence, and none stands alone."""

import re

import pytest
from flask import render_template_string

from tests.rules.checkout import TRACKER, templates, text
from tracker.domain.codes import SessionState

SPRITE = text(TRACKER / "static/layouts/icons.svg")
SHAPES = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE))
STATES = [state.value for state in SessionState] + ["to-sign", "amended", "look", "alert"]
CHIP = '{% from "components/cards.html" import chip %}{{ chip(state, words) }}'


def chip(app, state, words):
    with app.test_request_context():
        return render_template_string(CHIP, state=state, words=words)


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_its_own_picture_beside_its_word(app, state):
    made = chip(app, state, "In words")
    [shape] = re.findall(r'icons\.svg#([\w-]+)"', made)
    assert shape in SHAPES
    assert '<svg class="icon" aria-hidden="true">' in made
    assert re.sub(r"<[^>]*>", "", made) == "In words"


def test_no_two_states_look_alike(app):
    shapes = [re.findall(r"#([\w-]+)", chip(app, state, ""))[0] for state in STATES]
    assert len(set(shapes)) == len(shapes)


def test_the_file_has_what_is_used_and_nothing_else():
    named = set()
    for path in templates():
        named |= set(re.findall(r"\bicon\('([\w-]+)'\)", text(path)))
    table = re.search(r"set pictures = \{(.*?)\}", text(templates_cards()), re.DOTALL)
    assert table
    named |= set(re.findall(r"'[\w-]+': '([\w-]+)'", table[1]))
    for script in sorted((TRACKER / "static").rglob("*.js")):
        named |= set(re.findall(r"""\bicon: "([\w-]+)\"""", text(script)))
    assert named == SHAPES


def templates_cards():
    return next(path for path in templates() if path.match("components/cards.html"))


def test_pictures_take_the_colour_of_their_words_and_keep_their_licence():
    assert SPRITE.count('fill="currentColor"') == len(SHAPES)
    assert not re.search(r"fill=\"#|stroke=|<style|href", SPRITE)
    assert "MIT" in text(TRACKER / "static/layouts/icons-LICENSE.txt")
