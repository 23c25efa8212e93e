"""What patients write by themselves: keep it, show it to staff, and note who has read it."""
