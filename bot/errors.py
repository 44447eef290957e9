"""The exceptions that are meant for people."""


class Refusal(Exception):
    """A rule says no: the message is a whole sentence that quotes the value and says what to do."""


class WrongSetup(Refusal):
    """What the operator has set can't work, and trying again can't mend it."""
