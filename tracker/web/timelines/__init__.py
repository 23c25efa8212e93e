"""The timeline of one session: its picture's address, and the panel that pages show it in."""
