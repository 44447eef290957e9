"""What leads did to their groups' calendars: who, when, what, and the rows before and after."""
