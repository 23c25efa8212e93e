"""The checks before a session and before somebody leaves: one page each, saved as a whole."""
