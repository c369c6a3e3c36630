"""Identifiers, postcodes and names: what is one, and when two are the same."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.families import rules

NAMES = st.text(min_size=1, max_size=30)
NINE_DIGITS = st.text("0123456789", min_size=9, max_size=9)
TWELVE_DIGITS = st.text("0123456789", min_size=12, max_size=12)


def check_digit(stem: str) -> int:
    """As the NHS Data Dictionary words it: weights 10 to 2, 11 minus the remainder, 11 is 0."""
    weighted = sum(
        int(digit) * weight for digit, weight in zip(stem, range(10, 1, -1), strict=True)
    )
    return {11: 0}.get(11 - weighted % 11, 11 - weighted % 11)


@pytest.mark.parametrize("value", ["9434765919", "9434765870", "4010232137"])
def test_a_published_nhs_number_is_one(value: str) -> None:
    assert rules.is_nhs_number(value)


@given(NINE_DIGITS)
def test_an_nhs_number_is_valid_with_its_own_check_digit_only(stem: str) -> None:
    valid = [digit for digit in range(10) if rules.is_nhs_number(f"{stem}{digit}")]
    assert valid == [digit for digit in [check_digit(stem)] if digit < 10]


@given(NINE_DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_an_nhs_number_is_found(stem: str, place: int, by: int) -> None:
    assume(check_digit(stem) < 10)
    other = str((int(stem[place]) + by) % 10)
    mistyped = stem[:place] + other + stem[place + 1 :]
    assert not rules.is_nhs_number(f"{mistyped}{check_digit(stem)}")


@pytest.mark.parametrize(
    "value", ["", "943476591", "94347659190", "943 476 5919", "943476591X", "９４３４７６５９１９"]
)
def test_what_is_not_ten_plain_digits_is_no_nhs_number(value: str) -> None:
    assert rules.identifier_problem("nhs_number", value) is not None


@pytest.mark.parametrize("value", ["A801200001001", "H801200001001", "A80120000100A"])
def test_only_the_right_check_letter_makes_a_upn(value: str) -> None:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    numbers = [int(x) if x.isdigit() else letters.index(x) for x in value[1:]]
    total = sum(number * weight for number, weight in zip(numbers, range(2, 14), strict=True))
    assert rules.is_upn(value) is (letters[total % 23] == value[0])


@given(TWELVE_DIGITS)
def test_every_twelve_digits_have_exactly_one_check_letter(digits: str) -> None:
    valid = [letter for letter in string.ascii_uppercase if rules.is_upn(letter + digits)]
    assert len(valid) == 1
    assert valid[0] not in "IOS"


@pytest.mark.parametrize(
    "value",
    ["", "A8012000010", "a801200001001", "I801200001001", "A80120000100I", "A８01200001001"],
)
def test_what_has_another_shape_is_no_upn(value: str) -> None:
    assert rules.identifier_problem("upn", value) is not None


@pytest.mark.parametrize(("value", "fine"), [("10008042", True), ("1" * 13, False), ("1a", False)])
def test_a_uprn_is_up_to_twelve_digits(value: str, fine: bool) -> None:
    assert (rules.identifier_problem("uprn", value) is None) is fine


def test_a_local_id_is_whatever_the_agency_calls_it() -> None:
    assert rules.identifier_problem("local_id", "HV-00417") is None


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("DN31 3NB", "DN31 3NB"),
        ("dn313nb", "DN31 3NB"),
        ("  Dn31   3nB ", "DN31 3NB"),
        ("m11ae", "M1 1AE"),
        ("ec1a1bb", "EC1A 1BB"),
        ("w1a 0ax", "W1A 0AX"),
        ("", None),
        ("DN31", None),
        ("DN31 3N", None),
        ("1DN 3NB", None),
        ("DN3١ 3NB", None),
        ("DN31-3NB", None),
    ],
)
def test_a_postcode_has_one_normal_form_or_is_none(written: str, normal: str | None) -> None:
    assert rules.normal_postcode(written) == normal


@given(st.from_regex(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}", fullmatch=True), st.randoms())
def test_case_and_spaces_never_change_a_postcode(postcode: str, chance: object) -> None:
    spread = "".join(f"{each.lower()} " for each in postcode)
    assert rules.normal_postcode(spread) == rules.normal_postcode(postcode) == postcode


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Maya", "Okafor"), ("MAYA", "okafor")),
        (("Zoë", "O'Neill"), ("Zoe", "ONeill")),
        (("Jean-Luc", "Müller"), ("Jean Luc", "Muller")),
        (("Anne Marie", "Groß"), ("AnneMarie", "GROSS")),
        (("ﬁona", "Ｗu"), ("Fiona", "Wu")),
    ],
)
def test_names_that_differ_in_spelling_only_match(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert rules.match_name(*one) == rules.match_name(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(("Ann", "Amarsh"), ("Anna", "Marsh")), (("Maya", "Okafor"), ("Okafor", "Maya"))],
)
def test_the_place_of_each_name_counts(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert rules.match_name(*one) != rules.match_name(*other)


@pytest.mark.parametrize(
    ("given_name", "family_name"), [(None, "Okafor"), ("Maya", None), ("?", "Okafor"), ("-", "-")]
)
def test_a_name_that_is_not_known_whole_matches_nobody(
    given_name: str | None, family_name: str | None
) -> None:
    assert rules.match_name(given_name, family_name) is None


@given(NAMES, NAMES)
def test_the_normal_form_of_a_name_is_its_own_normal_form(first: str, last: str) -> None:
    normal = rules.match_name(first, last)
    assume(normal is not None)
    assert rules.match_name(*str(normal).split("|")) == normal


@given(NAMES, NAMES)
def test_case_never_tells_two_names_apart(first: str, last: str) -> None:
    folded = rules.match_name(first.casefold(), last.casefold())
    assert rules.match_name(first, last) == folded
