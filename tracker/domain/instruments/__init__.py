"""Questionnaires and scales as data: the model, and the strict reading of their TOML files.

toml_file -> toml_parts -> model; `rules` says what a file must satisfy, `scoring` makes
a total of answers.
"""
