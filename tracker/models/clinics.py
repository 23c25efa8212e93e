"""The clinic: a site with a name, a time zone and its settings."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, new_id


class Clinic(Model):
    """A site. Everything clinical belongs to one."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(60))
    settings: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
