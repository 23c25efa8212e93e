"""The checks before somebody leaves: what holds, with whom they go, what they were told."""
