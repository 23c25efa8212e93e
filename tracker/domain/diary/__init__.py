"""What patients write by themselves: how they feel, the day after a session, a note, a wish."""
