"""REMS worksheets: which are due, one of them, how it was submitted."""
