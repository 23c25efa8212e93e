"""REMS worksheets: fill one in, list what is due, write it as PDF."""
