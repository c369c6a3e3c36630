"""The types every body is built from: strict JSON, safe text, exact times."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Self, TypeVar, get_args
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from api.foundation.errors import MAX_FIELD_ERRORS, FieldError, Invalid

FIRST_YEAR, LAST_YEAR = 1900, 2100

DateOrTime = TypeVar("DateOrTime", date, datetime)

# Cc but tab and line feed; the bidirectional overrides and isolates; byte order mark;
# zero-width space; line and paragraph separators. Zero-width joiners stay: names in
# several scripts need them.
_REFUSED_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LINE_BREAKS = re.compile("[\n\t]")
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

# Of pydantic's findings. What they are filled with is of the schema, never of what was sent.
_FIXED_DETAILS = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known here.",
    "enum": "Not one of the accepted values: {expected}.",
    "literal_error": "Not one of the accepted values: {expected}.",
    "string_type": "Must be a text.",
    "string_too_long": "Must have at most {max_length} characters.",
    "string_too_short": "Must have at least {min_length} characters.",
    "string_pattern_mismatch": "Is not spelled as this field is: see its pattern in /openapi.json.",
    "list_type": "Must be a list.",
    "too_long": "Must have at most {max_length} items.",
    "too_short": "Must have at least {min_length} items.",
    "model_type": "Must be an object.",
    "dict_type": "Must be an object.",
    "bool_type": "Must be true or false.",
    "bool_parsing": "Must be true or false.",
    "int_type": "Must be a whole number.",
    "int_parsing": "Must be a whole number.",
    "int_parsing_size": "Must be a whole number.",
    "int_from_float": "Must be a whole number.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than_equal": "Must be at most {le}.",
    "uuid_type": "Must be a UUID in its hyphenated form.",
    "uuid_parsing": "Must be a UUID in its hyphenated form.",
    "date_type": "Must be a date as YYYY-MM-DD.",
    "datetime_type": "Must be an RFC 3339 time with seconds and zone.",
}
_BODY_MISSING = "This needs a JSON body, at least {}."
_OTHER_DETAIL = "This value is not accepted here."
_PYDANTICS_OWN = frozenset(get_args(ErrorType))


def _safe_text(value: str) -> str:
    if _REFUSED_TEXT.search(value):
        raise PydanticCustomError("unsafe_text", "Control characters are not accepted.")
    if not value.strip():
        raise PydanticCustomError("blank", "Must not be blank.")
    return value.strip()


def _single_line(value: str) -> str:
    if _LINE_BREAKS.search(value):
        raise PydanticCustomError("unsafe_text", "Must be a single line.")
    return value


def _spelled(
    pattern: re.Pattern[str], read: Callable[[str], Any], code: str, message: str
) -> BeforeValidator:
    """Reads a text that is spelled exactly so. Anything but a text is left to strict typing."""

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            if pattern.fullmatch(value):
                return read(value)
        except ValueError:
            pass
        raise PydanticCustomError(code, message)

    return BeforeValidator(check)


def in_words(pattern: str, message: str) -> BeforeValidator:
    """For a field whose pattern nobody guesses: `message` says how it is spelled, by an example."""
    return _spelled(re.compile(pattern), str, "malformed", message)


def _within_years(value: DateOrTime) -> DateOrTime:
    if not FIRST_YEAR <= value.year < LAST_YEAR:
        raise PydanticCustomError("out_of_range", "Must lie between 1900 and 2100.")
    return value


Line = Annotated[
    str,
    Field(min_length=1, max_length=200),
    AfterValidator(_safe_text),
    AfterValidator(_single_line),
]
Token = Annotated[
    str,
    Field(min_length=1, max_length=500),
    AfterValidator(_safe_text),
    AfterValidator(_single_line),
]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Narrative = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_safe_text)]
Timestamp = Annotated[
    datetime,
    AfterValidator(_within_years),
    _spelled(
        _RFC3339,
        datetime.fromisoformat,
        "timestamp",
        "Must be an RFC 3339 time with seconds and zone.",
    ),
]
Day = Annotated[
    date,
    AfterValidator(_within_years),
    _spelled(_FULL_DATE, date.fromisoformat, "date", "Must be a date as YYYY-MM-DD."),
]
Id = Annotated[UUID, _spelled(_UUID, UUID, "uuid", "Must be a UUID in its hyphenated form.")]


def is_id(text: str) -> bool:
    """Whether the text is spelled as an id."""
    return _UUID.fullmatch(text) is not None


def pointer(location: tuple[int | str, ...]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)


def field_errors(details: list[ErrorDetails], at: str = "") -> list[FieldError]:
    """Pydantic's findings without the input they quote. A message of pydantic's own may repeat
    what was sent, so only the sentences of a fixed list and of our own validators pass."""
    return [
        FieldError(pointer=at + pointer(_known_part(each)), code=each["type"], detail=_detail(each))
        for each in details[:MAX_FIELD_ERRORS]
    ]


def _detail(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "missing" and not error["loc"]:
        return _BODY_MISSING
    if kind in _FIXED_DETAILS:
        return _FIXED_DETAILS[kind].format_map(error.get("ctx", {}))
    return _OTHER_DETAIL if kind in _PYDANTICS_OWN else error["msg"]


def refusal(code: str, message: str, *, at: str) -> PydanticCustomError:
    """For a validator of a whole model, which pydantic lets point at the model only: `at` is the
    field to mend. Raises ValueError for a code of pydantic's own, whose message would take the
    place of this one."""
    if code in _PYDANTICS_OWN:
        raise ValueError(f"{code} is a code of pydantic's own")
    return PydanticCustomError(code, message, {"at": at})


def is_field_name(name: str) -> bool:
    """Whether it is spelled as our fields are. Any other name may hold anything, and is never
    repeated."""
    return _FIELD_NAME.fullmatch(name) is not None


def _known_part(error: ErrorDetails) -> tuple[int | str, ...]:
    """Where it is. An unknown field that is not named as ours are is pointed at by the object
    that holds it."""
    place = error["loc"]
    if error["type"] == "extra_forbidden" and not is_field_name(str(place[-1])):
        place = place[:-1]
    named = error.get("ctx", {}).get("at")
    return _without_union_tags((*place, named) if named else place)


def _without_union_tags(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return tuple(part for part in location if not (isinstance(part, str) and "[" in part))


class RequestBody(BaseModel):
    """A request body: unknown fields are refused, and every value is read in JSON's own types
    (`"1"` is no number, `0` is no date), which FastAPI's Python-mode validation would let pass.

    Made by `model_validate` (checked) or `model_construct` (unchecked), never by calling it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _as_strict_json(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        if info.mode == "json" or not isinstance(data, dict):
            return handler(data)
        try:
            return cls.model_validate_json(orjson.dumps(data), strict=True)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            raise Invalid(errors=field_errors(found)) from None


class ResponseBody(BaseModel):
    """A response body. Fields have no defaults, so that nothing is left out by accident."""

    model_config = ConfigDict(frozen=True)
