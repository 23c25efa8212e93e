"""What a clinic sets for its sessions: limits, fasting, readings, the form it reports on."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

LABEL = "Spravato US label"
CLINIC_DEFAULT = "clinic default; no published limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentSettings:
    """A clinic's settings for sessions, with the defaults that hold until it sets its own.

    From `*_warn_mmhg` on the label of esketamine wants benefit and risk weighed (140/90); the hold
    values, the hours without food or drink of routes other than nasal esketamine and the minutes
    between readings are clinic defaults. The address is what the REMS form asks for.
    """

    systolic_warn_mmhg: int = 140
    diastolic_warn_mmhg: int = 90
    systolic_hold_mmhg: int = 160
    diastolic_hold_mmhg: int = 100
    food_hours: int = 6
    drink_hours: int = 2
    reading_every_minutes: int = 15
    late_after_minutes: int = 5
    consent_version: str = ""
    form_version: str = "2021/24"
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    expiry_notice_days: int = 60
    low_ketamine_mg: int = 500
    low_esketamine_devices: int = 6

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic; what is not there keeps its default."""
        return cls(**{f.name: stored[f.name] for f in fields(cls) if f.name in stored})
