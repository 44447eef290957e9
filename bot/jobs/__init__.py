"""Durable work: jobs fall due, expand into deliveries, and each delivery is claimed and marked."""
