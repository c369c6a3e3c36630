"""What is unusual. Pure."""

from datetime import timedelta

# Each opening needs a reason of its own to be written down, and an emergency is one family: three
# within the hours that one stays open are a search, where thirty looked up may be a duty desk.
MANY_OPENED = 3

TELL_AGAIN_AFTER = timedelta(hours=1)
