"""Alembic migrations: forward and back, on SQLite and on PostgreSQL."""
