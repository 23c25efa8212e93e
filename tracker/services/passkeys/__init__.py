"""Passkeys: added, used and removed (commands), listed (queries); the mathematics in ceremonies."""
