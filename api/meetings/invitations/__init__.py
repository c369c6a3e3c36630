"""Which agencies are invited to a meeting: asked later than the others, told when they join the
family, or asked no more; and the invitation as a calendar entry, which says nothing of anybody."""
