"""The backlog: proposed topics, their sources and who would speak."""
