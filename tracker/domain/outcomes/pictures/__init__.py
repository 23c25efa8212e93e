"""Pictures of what became of courses, prepared: each with its sentence and its table.

They are made of figures and rows, and drawn by tracker/charts/outcomes/, which knows neither.
"""
