"""Discussions: the post or thread after each talk."""
