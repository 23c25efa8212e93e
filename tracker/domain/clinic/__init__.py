"""What a clinic sets: its name and zone, the limits of its readings and doses.

`settings` reads and checks them; every threshold keeps its default and its source.
"""
