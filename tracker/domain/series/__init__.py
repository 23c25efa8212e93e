"""Planned sessions for one indication: templates, days, states."""
