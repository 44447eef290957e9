"""The outgoing port in parts, each a kind of thing that Lectern does on Discord."""
