"""Files that were imported, and what one held that was undone."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.models.database import Id, JsonText, Model, UtcDateTime, new_id


class FileImport(Model):
    """A file that was imported: what was counted of it, and who took it back, when and why.

    `activated` are series that were there and began with a session of the file. Which rows are of
    it, the trail says: the line of an import seals each.
    """

    __table_args__ = (Index("ix_file_import_clinic_id_imported_at", "clinic_id", "imported_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    kind: Mapped[str] = mapped_column(String(20))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str] = mapped_column(String(200))
    rows_read: Mapped[int]
    rows_stored: Mapped[int]
    rows_refused: Mapped[int]
    rows_duplicate: Mapped[int]
    rows_left_out: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(JsonText)
    activated: Mapped[list[int]] = mapped_column(JsonText, default=list)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(200), default="")
    undone_reason: Mapped[str] = mapped_column(Text, default="")


class SetAsideRows(Model):
    """Rows of one table that an undone import had made, whole, kept for good.

    `columns` names what each holds, `content` the rows, packed; `imports.undo.aside` reads them.
    """

    __table_args__ = (Index("ix_set_aside_rows_import_id", "import_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("file_import.id"))
    of_table: Mapped[str] = mapped_column(String(40))
    row_count: Mapped[int]
    columns: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
