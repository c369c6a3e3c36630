"""The picture of hostility: who meets it and who does not, and the risks that the procedure warns
of, each with its evidence (§4). Pure rules over facts that the reader may read itself.

Nothing here is a score of a family, and nothing follows from it by itself: an indicator is a
question for the agencies, with what makes it one.
"""
