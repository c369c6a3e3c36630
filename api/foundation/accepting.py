"""Which of two kinds of answer a client would rather have (RFC 9110 §12.5.1)."""

JSON, HTML = "application/json", "text/html"


def wants_html(accept: str) -> bool:
    """Whether a page is asked for rather than JSON. Where neither is, or both alike, it is JSON:
    an answer that nobody can refuse."""
    return _weight(accept, HTML) > _weight(accept, JSON)


def _weight(accept: str, kind: str) -> float:
    """That of the most specific range that takes in the kind; 0 where none does."""
    ranges = {"*/*": 0, f"{kind.partition('/')[0]}/*": 1, kind: 2}
    found = (-1, 0.0)
    for each in accept.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        if name in ranges:
            found = max(found, (ranges[name], _quality(parameters)))
    return found[1]


def _quality(parameters: list[str]) -> float:
    """1 unless it is given; 0 for what is no number between 0 and 1."""
    for each in parameters:
        name, _, value = each.partition("=")
        if name == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
