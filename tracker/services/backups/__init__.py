"""Back an instance up, encrypted and checked, and restore it; nothing here needs the application.

A database is copied as of one moment (`sqlite`, `postgresql`), packed (`archive`), encrypted
(`encryption`, `key`), opened again and compared (`row_digests`), and kept in its `folder`.
"""
