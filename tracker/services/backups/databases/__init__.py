"""Copy a database while it is written to, digest its rows, and restore it: `either` of the two.

`sqlite` does it by the database's own backup, `postgresql` by pg_dump and pg_restore.
"""
