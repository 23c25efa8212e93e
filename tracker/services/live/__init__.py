"""A session under way: begin it, append entries once, show the chair and the board."""
