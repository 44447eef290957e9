"""Groups: leads, meeting pattern, channels, follows."""
