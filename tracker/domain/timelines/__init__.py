"""One session minute by minute: marks on an axis, and the same as text and table.

marks -> timeline -> text and tables; nothing is drawn here.
"""
