"""Servers that removed Lectern: their groups freeze, and go on when it is back."""
