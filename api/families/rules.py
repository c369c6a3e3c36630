"""Pure decisions about families: identifiers and their check digits, normal forms, deadlines."""

import re
from datetime import date, timedelta

from api.foundation.calendar import add_months
from api.foundation.names import plain_name

JOIN_TOKEN_LIFETIME = timedelta(minutes=15)
INVITATION_LIFETIME = timedelta(days=7)
MOVE_AHEAD_MONTHS = 12

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(rf"[{UPN_LETTERS}]\d{{11}}[\d{UPN_LETTERS}]")
_UPRN = re.compile(r"\d{1,12}")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}")


def is_nhs_number(value: str) -> bool:
    """Ten digits, the last of which is the modulus-11 check digit (NHS Data Dictionary)."""
    if not re.fullmatch(r"\d{10}", value) or not value.isascii():
        return False
    digits = [int(digit) for digit in value]
    total = sum(digit * (10 - place) for place, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == digits[9]


def is_upn(value: str) -> bool:
    """A check letter and twelve characters; temporary numbers end in a letter (DfE UPN guide)."""
    if not value.isascii() or not _UPN.fullmatch(value):
        return False
    numbers = [int(each) if each.isdigit() else UPN_LETTERS.index(each) for each in value[1:]]
    total = sum(number * weight for weight, number in enumerate(numbers, start=2))
    return UPN_LETTERS[total % 23] == value[0]


def identifier_problem(system: str, value: str) -> str | None:
    """Why the value is none of that system, or None."""
    if system == "nhs_number" and not is_nhs_number(value):
        return "Not an NHS number: ten digits with a valid check digit."
    if system == "upn" and not is_upn(value):
        return "Not a UPN: a valid check letter and twelve characters."
    if system == "uprn" and not (value.isascii() and _UPRN.fullmatch(value)):
        return "Not a UPRN: up to twelve digits."
    return None


def normal_postcode(value: str) -> str | None:
    """Upper case with one space, or None where it is no UK postcode."""
    squeezed = re.sub(r"\s+", "", value.upper())
    spaced = f"{squeezed[:-3]} {squeezed[-3:]}"
    return spaced if _POSTCODE.fullmatch(spaced) and spaced.isascii() else None


def match_name(given_name: str | None, family_name: str | None) -> str | None:
    """Both names without case, accents, spaces or punctuation; None unless both are known."""
    parts = [plain_name(given_name or ""), plain_name(family_name or "")]
    return "|".join(parts) if all(parts) else None


def has_left(until: date | None, today: date) -> bool:
    """Whether an address is one that the family lived at once: its last day is over."""
    return until is not None and until < today


def end_refusal(until: date, since: date | None, today: date) -> str | None:
    """Why an address cannot have ended on that day, or None."""
    if since is not None and until < since:
        return "The family does not move out before it has moved in."
    if until > add_months(today, MOVE_AHEAD_MONTHS):
        return "A move is known at most a year ahead."
    return None
