"""Analyses of scores that are asked for: read once, and fitted in a process of their own.

Flow: `queries` asks `reading` who is followed, the domain compares, `fitting` runs `mixed`.
"""
