"""Whom a clinic may have lost from view: the lists, and by which rule somebody is on one."""
