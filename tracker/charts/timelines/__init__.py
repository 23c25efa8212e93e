"""The picture of one session: what was given, read and happened above one minute axis.

sizes -> minutes and writing -> panels (given, events, pressure, strips, mind) -> picture.
"""
