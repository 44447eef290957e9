"""Ballots: the state machine, the tally, and who gets which seat."""
