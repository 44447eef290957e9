"""The one exception that is meant for members."""


class Refusal(Exception):
    """A rule says no: the message is a whole sentence that quotes the value and says what to do."""
