"""Alerts: what waits to be looked at, and the form that acknowledges one by name."""
