"""The checks before a session and before somebody leaves: prepare a page, save it."""
