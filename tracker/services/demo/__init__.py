"""Furnish a demonstration clinic with invented patients, through the services that pages use."""
