"""Pictures by matplotlib: each takes one prepared value and returns a Figure of its own."""
