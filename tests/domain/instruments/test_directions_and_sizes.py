"""How a file says which way its scale runs, what a change is worth, and how answers count."""

from decimal import Decimal

import pytest

from tests.domain.instruments.test_toml_file import SLEEP, wrong
from tracker.domain.instruments.toml_file import check_file, load, parse

ENTRY = '{}\nentry_source = "a paper"'
REMITS = 'remission_at_most = 1\nremission_source = "a paper"\nentry_source = "a paper"\n'
SHARE = 'smallest_important_fraction = {}\nsmallest_important_source = "a paper"'


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (
            "reliable = 2",
            f"reliable = 2\n{ENTRY.format('entry_at_least = 9')}",
            "change, entry_at_least",
        ),
        (
            "reliable = 2",
            f"reliable = 2\n{ENTRY.format('entry_at_most = 2')}",
            "change, entry_at_most",
        ),
        ("reliable = 2", "reliable = 2\nentry_at_least = 2", "change, entry_source"),
        ("reliable = 2", f"reliable = 2\n{REMITS}entry_at_least = 1", "change, entry_at_least"),
        (
            "reliable = 2",
            f"reliable = 2\n{SHARE.format(17.5)}",
            "change, smallest_important_fraction",
        ),
        ("reliable = 2", f"reliable = 2\n{SHARE.format(0)}", "change, smallest_important_fraction"),
        ("reliable = 2", "reliable = 2\nsem = 0.5", "change, sem_source"),
        ("reliable = 2", 'reliable = 2\nsem = 0.5\nsem_source = "a paper"', "change, reliable"),
        ("reliable = 2", 'sem = 9\nsem_source = "a paper"', "change, sem"),
        (
            "reliable = 2",
            "reliable = 2\nremission_needs_reliable = true",
            "change, remission_needs_reliable",
        ),
        ('code = "early"', 'code = "early"\nreverse = "yes"', "items 2, reverse"),
        ('code = "early"', 'code = "early"\nscored = false\nreverse = true', "items 2, reverse"),
        ("missing_allowed = 1", "times = 0\nmissing_allowed = 1", "scoring, times"),
        ("missing_allowed = 1", "times = 4\nmissing_allowed = 1", "maximum"),
        ("missing_allowed = 1", 'times = 2\nmethod = "mean"', "scoring, times"),
        ('licence = "No owner"', 'licence = "No owner"\nwhole_numbers = false', "whole_numbers"),
        ('licence = "No owner"', 'licence = "No owner"\nstaff_only = "yes"', "staff_only"),
    ],
)
def test_a_fault_is_named_by_its_field(old, new, field):
    assert field in {found.split(" ", 1)[1] for found in wrong((old, new))}


def with_change(lines):
    return parse(load(SLEEP.replace('reliable = 2\nreliable_source = "a paper"', lines))).change


def test_a_reliable_size_follows_from_the_error_of_measurement():
    change = with_change('sem = 0.5\nsem_source = "a paper"')
    assert (change.reliable, change.reliable_source) == (Decimal("1.4"), "a paper")
    both = with_change(
        'sem = 0.5\nsem_source = "a paper"\nreliable = 1.386\nreliable_source = "another"'
    )
    assert (both.reliable, both.reliable_source) == (Decimal("1.386"), "another")


def test_the_ill_side_follows_the_direction():
    up = SLEEP.replace('"higher is worse"', '"higher is better"')
    most = up.replace("[change]", '[change]\nentry_at_most = 1\nentry_source = "a paper"')
    assert parse(load(most)).change.entry_at_most == 1
    least = most.replace("at_most", "at_least")
    assert [field for _, field, _ in check_file(least)] == ["change, entry_at_least"]


def test_a_scale_may_have_no_better_end_and_then_no_response():
    neither = SLEEP.replace('"higher is worse"', '"neither end is better"')
    assert parse(load(neither)).neither_is_better
    rules = '[change]\nresponse_fraction = 0.5\nresponse_source = "a paper"'
    faults = check_file(neither.replace("[change]", rules))
    assert [field for _, field, _ in faults] == ["change, response_fraction"]


REVERSED = SLEEP.replace('code = "early"', 'code = "early"\nreverse = true', 1)


def test_a_reversed_question_counts_the_other_way_round_and_keeps_its_answer():
    faults = check_file(REVERSED)
    assert [(field, message) for _, field, message in faults] == [
        ("examples 1, total", "says 3, but its answers come to 1."),
        ("examples 1, band", "says Poor, but its answers come to Fine."),
    ]
    text = REVERSED.replace("total = 3", "total = 1").replace('band = "Poor"', 'band = "Fine"')
    sleep = parse(load(text))
    assert sleep.items[1].reverse
    assert not sleep.plain_sum
    assert sleep.examples[0].alarms == ("early",)  # an alarm is about the answer itself


def test_only_answers_that_mirror_each_other_can_be_reversed():
    uneven = REVERSED.replace("value = 1\nlabel", "value = 0.5\nlabel")
    assert "items 2, reverse" in {field for _, field, _ in check_file(uneven)}
    level = 'method = "level"\nlevels = [{ total = 1, any_of = ["early"] }]'
    by_level = REVERSED.replace('missing_allowed = 1\nmissing_source = "a manual"', level)
    assert "items 2, reverse" in {field for _, field, _ in check_file(by_level)}


def test_a_total_is_whole_where_the_answers_make_it_so():
    assert parse(load(SLEEP)).whole_numbers
    mean = SLEEP.replace(
        "missing_allowed = 1", 'method = "mean"\ndecimals = 1\nmissing_allowed = 1'
    )
    assert not parse(
        load(
            mean.replace("maximum = 4", "maximum = 2")
            .replace("highest = 4", "highest = 2")
            .replace("total = 3", "total = 1.5")
            .replace('band = "Poor"', "")
        )
    ).whole_numbers
    alone = SLEEP[: SLEEP.index("[[choices]]")]
    assert not parse(load(alone)).whole_numbers
    assert parse(load(f"whole_numbers = true\n{alone}")).whole_numbers
