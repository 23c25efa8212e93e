"""Groups held against each other, and all scores in one model: asked for, never on a first view.

Flow: a `question` and who is `followed` -> `comparison` (groups, adjusted difference) and `model`.
"""
