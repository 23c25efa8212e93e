"""Alerts: raise them with their cause, list those that wait, acknowledge them by name."""
