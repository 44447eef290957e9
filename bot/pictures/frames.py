"""How the process that draws answers the one that asks."""

from struct import Struct

REPLY = Struct(">?I")
"""What an answer begins with: whether it is a picture or words, and how many bytes follow."""
