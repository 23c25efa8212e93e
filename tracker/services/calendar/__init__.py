"""The clinic's calendar: days and weeks by chair, files and feeds for other calendars."""
