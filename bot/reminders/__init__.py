"""Reminders: who is told of a session, where and in which words."""
