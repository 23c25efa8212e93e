"""The exact texts of instruments that somebody answered, kept so that they read as they did."""
