"""Each finding keeps what was said to it, in one comment that people can read."""

from tracker.domain.sessions import comments

DOSE, WEIGHT = "200 mg is above the usual range.", "The weight changed from 70 to 90 kg."
BOTH = f"{DOSE} — Pain protocol.\n\n{WEIGHT} — Weighed twice."


def test_what_was_said_to_each_finding_is_read_back():
    assert comments.compose("", {DOSE: "Pain protocol.", WEIGHT: " Weighed twice. "}) == BOTH
    assert comments.answer_to(BOTH, DOSE) == "Pain protocol."
    assert comments.answer_to(BOTH, WEIGHT) == "Weighed twice."
    assert comments.answer_to("Right.", DOSE) == ""


def test_a_new_answer_takes_the_place_of_the_old_one_and_the_rest_stays():
    known = f"Asked Dr Chen.\n\n{BOTH}"
    changed = comments.compose(known, {DOSE: "Two\n\nlines."})
    assert changed == f"Asked Dr Chen.\n\n{WEIGHT} — Weighed twice.\n\n{DOSE} — Two\nlines."
    assert comments.compose(known, {}) == known


def test_an_answer_to_what_is_no_finding_any_more_goes():
    assert comments.without(BOTH, [DOSE]) == f"{WEIGHT} — Weighed twice."
    assert comments.without("Right.\n\n\nSo it is.", []) == "Right.\n\n\nSo it is."
    assert comments.without("Right.", [DOSE]) == "Right."


def test_a_comment_to_all_of_them_answers_what_has_no_answer_of_its_own():
    assert comments.list_answered(BOTH, [DOSE, WEIGHT]) == [DOSE, WEIGHT]
    assert comments.list_answered(f"{DOSE} — Yes.", [DOSE, WEIGHT]) == [DOSE]
    assert comments.list_answered(f"Right.\n\n{DOSE} — Yes.", [DOSE, WEIGHT]) is None
