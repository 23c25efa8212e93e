"""What patients write by themselves, and where staff read it."""
