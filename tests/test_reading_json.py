"""The depth of a body is counted in one pass, whatever it is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.foundation.body import MAX_DEPTH, _check_depth, parse_json
from api.foundation.errors import BadRequest


def looked_at(text: str) -> bool:
    try:
        _check_depth(text)
    except BadRequest:
        return False
    return True


@pytest.mark.parametrize("ending", ["", '"'])
def test_brackets_within_a_string_are_none(ending: str) -> None:
    assert looked_at('["' + "[{" * 500 + '\\"' * 500 + ending)


def test_one_level_too_many_is_refused_also_behind_a_string() -> None:
    assert looked_at('"]"' + "[" * MAX_DEPTH)
    assert not looked_at('"]"' + "[" * (MAX_DEPTH + 1))


def test_a_string_that_never_ends_is_read_once() -> None:
    assert looked_at("[]" * 40 + '"' + '\\"' * 120_000)


@given(st.text(alphabet='[]{}"\\a', max_size=200))
def test_what_is_let_through_is_within_the_depth_of_a_parser(text: str) -> None:
    deep = "[" * 40 + text
    if looked_at(deep):
        with pytest.raises(BadRequest):
            parse_json(deep)
