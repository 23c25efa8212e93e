"""One course on one picture: points against time, panels, and the sentences that say the same.

trend -> panels -> summary and explanations; nothing is drawn here.
"""
