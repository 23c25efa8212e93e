"""One session minute by minute: loaded and prepared, for pages and for pictures."""
