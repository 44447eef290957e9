"""iCalendar files of a group's sessions."""
