"""The columns of the outcome report: a row for each figure."""

from tracker.exchange.cells.kinds import DAY, NUMBER, TEXT, WHOLE
from tracker.exchange.columns import Column, Table

OUTCOME_REPORT = Table(
    name="outcomes",
    doc="A row for each figure of the outcome report.",
    key=("figure", "of_whom", "place"),
    build=dict,
    columns=(
        Column(name="figure", doc="What was counted or worked out.", kind=TEXT),
        Column(name="of_whom", doc="Which courses it is of.", kind=TEXT),
        Column(name="place", doc="The session, week or day that it is of.", kind=WHOLE),
        Column(name="unit", doc="The unit of the value.", kind=TEXT),
        Column(
            name="n",
            doc="To how many it happened, or how many totals a mean is of.",
            kind=WHOLE,
            unit="courses",
        ),
        Column(name="of", doc="How many are counted.", kind=WHOLE, unit="courses"),
        Column(name="value", doc="The share, mean or day; empty for a plain count.", kind=NUMBER),
        Column(name="low", doc="The lower end of its 95 % interval.", kind=NUMBER),
        Column(name="high", doc="The upper end of its 95 % interval.", kind=NUMBER),
        Column(name="note", doc="Why there is no value, no interval, or no count.", kind=TEXT),
        Column(name="definition", doc="What holds of what was counted.", kind=TEXT),
        Column(name="definitions_version", doc="The version of all definitions.", kind=WHOLE),
        Column(name="instrument", doc="The code of the scale.", kind=TEXT),
        Column(name="picked_out", doc="Which courses were picked out.", kind=TEXT),
        Column(name="as_of", doc="The day on which it was counted.", kind=DAY),
    ),
)
