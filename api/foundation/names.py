"""Names, as they are compared."""

import unicodedata


def plain_name(name: str) -> str:
    """Without case, accents, spaces, punctuation or what cannot be seen."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in unicodedata.normalize("NFKD", folded) if each.isalnum())
