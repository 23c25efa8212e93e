"""The progress picture: its own address, and the panel that pages show it in."""
