"""Say whether the instance is fit to serve."""

from sqlalchemy import select, text

from tracker.models import schema
from tracker.models.database import db
from tracker.services.unit_of_work import UNAVAILABLE


def is_well() -> bool:
    """Ask the database for an answer, and whether its schema is the one this program needs."""
    try:
        db.session.execute(select(1))
        stands_at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        return bool(stands_at == schema.head())
    except UNAVAILABLE:
        return False
