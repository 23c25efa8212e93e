"""The calendar: week and day by chair, the printed list, files and feeds."""
