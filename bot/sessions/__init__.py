"""Sessions and their talks: the calendar, RSVPs, moving and cancelling."""
