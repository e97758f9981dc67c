"""The one history of the schema, for SQLite, SQLCipher and PostgreSQL alike.

It is append-only from the recorded database of tests/upgrade/ on: a step that stands here has run on somebody's database and
is never edited, renamed, reordered or taken out. What was wrong in one is mended by a further one, chained onto HEAD
(models/store/migrate.py). tests/upgrade/ opens a database of each recorded release with today's program and fails when a
step that it has behind it was touched.
"""
