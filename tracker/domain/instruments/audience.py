"""Which scales an audience sees: the one place that says so."""

from collections.abc import Mapping

from tracker.domain.instruments.model import Instrument


def seen_by_patients(code: str, instruments: Mapping[str, Instrument]) -> bool:
    """Say whether a scale is drawn and worded for patients; some are for staff alone.

    What patients take away of their record is not cut by this: they may have all of it.
    """
    instrument = instruments.get(code)
    return instrument is None or not instrument.staff_only
