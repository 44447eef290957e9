"""Speakers: they confirm, swap or step back, and a seat that is free is offered to the next."""
