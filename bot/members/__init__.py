"""Members: their zone, language, clock habit and reminder wishes."""
