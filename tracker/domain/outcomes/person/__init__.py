"""What became of one person: how fast, how long, how much, and course by course."""
