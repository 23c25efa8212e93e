"""The user's guide: pages in Markdown from tracker/guide/, open to everybody."""
