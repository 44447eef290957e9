"""Lectern without Discord: rooms of rules, rows and use cases."""

__version__ = "0.1.0"
