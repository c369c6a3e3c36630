"""The demo: a partnership of four agencies and one family, and the main job played over HTTP.

The partnership is made once and kept; the story plays at every start and ends with its alert
withdrawn, so that nothing piles up.
"""
