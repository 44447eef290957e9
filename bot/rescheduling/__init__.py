"""Bending the calendar: moves, shifts, skips and extra sessions are shown, done, and undone."""
