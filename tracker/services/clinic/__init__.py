"""The clinic: create it, read what pages need of it, change its settings."""
