"""The checks before a session: what was asked and measured, and what of it wants a word."""
