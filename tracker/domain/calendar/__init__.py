"""When sessions take place and where: how long each takes, conflicts, iCalendar files."""
