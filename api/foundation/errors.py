"""The error tree. Each class is one problem type (RFC 9457); its docstring is the problem's text.

DoorstepError
├── BadRequest 400            malformed JSON, headers or cursors
│   ├── IdempotencyKeyMissing 400
│   └── InvalidCursor 400
├── Unauthenticated 401       every bad or missing token, alike
├── Forbidden 403             readable, but not permitted
├── NotFound 404              absent or unreadable, alike
├── MethodNotAllowed 405
├── Conflict 409              refused by the present state
│   └── IdempotencyInProgress 409
├── EpochMismatch 410         the cursor is from before a restore
├── PreconditionFailed 412    If-Match names an older version
├── PayloadTooLarge 413
├── UnsupportedMediaType 415
├── Invalid 422               a field is wrong; `errors` points at it
│   └── IdempotencyKeyReused 422
├── PreconditionRequired 428  If-Match is missing
├── QuotaExceeded 429
└── Unavailable 503           the database is busy or away; try again
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

MAX_FIELD_ERRORS = 20
NEEDS_A_PERSON = "A practitioner's own token is needed."


@dataclass(frozen=True)
class FieldError:
    """One wrong field: an RFC 6901 pointer into the body, a stable code and a fixed sentence."""

    pointer: str
    code: str
    detail: str


class DoorstepError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"
    audited: ClassVar[bool] = False  # whether that it was refused is an entry of the audit

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        noted: Mapping[str, Any] | None = None,
    ) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.errors = tuple(errors)[:MAX_FIELD_ERRORS]
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        self.noted = dict(noted or {})  # ids and codes for the audit alone
        super().__init__(self.detail)


class BadRequest(DoorstepError):
    """The request could not be understood."""

    status, code, title = 400, "bad_request", "Bad request"


class IdempotencyKeyMissing(BadRequest):
    """This request needs an Idempotency-Key header, best a UUID, kept for every retry of it."""

    code, title = "idempotency_key_missing", "Idempotency-Key missing"


class InvalidCursor(BadRequest):
    """The cursor was not made for this caller and this query. Start again without one."""

    code, title = "invalid_cursor", "Invalid cursor"


class Unauthenticated(DoorstepError):
    """A valid access token is needed."""

    status, code, title = 401, "unauthenticated", "Not authenticated"

    def __init__(self, detail: str | None = None, *, token_given: bool = True) -> None:
        challenge = 'Bearer error="invalid_token"' if token_given else "Bearer"
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class Forbidden(DoorstepError):
    """The caller's role does not permit this."""

    status, code, title = 403, "forbidden", "Not permitted"
    audited = True


class NotFound(DoorstepError):
    """There is nothing here that the caller may read."""

    status, code, title = 404, "not_found", "Not found"
    audited = True


class MethodNotAllowed(DoorstepError):
    """This address does not answer that method; `Allow` names those it does."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"


class Conflict(DoorstepError):
    """The present state does not allow this."""

    status, code, title = 409, "conflict", "Conflict"


class IdempotencyInProgress(Conflict):
    """A request with this Idempotency-Key is still running. Try again shortly."""

    code, title = "idempotency_in_progress", "Request still running"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class EpochMismatch(DoorstepError):
    """The service was restored from a backup since this position was given. Start the feed anew."""

    status, code, title = 410, "epoch_mismatch", "The feed was restored"


class PreconditionFailed(DoorstepError):
    """The resource has changed since the version named by If-Match. Read it again."""

    status, code, title = 412, "precondition_failed", "Changed in the meantime"


class PayloadTooLarge(DoorstepError):
    """The body is larger than this route accepts."""

    status, code, title = 413, "payload_too_large", "Body too large"


class UnsupportedMediaType(DoorstepError):
    """The body must be JSON in UTF-8, sent as application/json without content encoding."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class Invalid(DoorstepError):
    """Some fields are not acceptable; `errors` points at each."""

    status, code, title = 422, "invalid", "Invalid content"

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> "Invalid":
        return cls(errors=[FieldError(pointer, code, detail)])


def raise_for(wrong: FieldError | None, at: str = "") -> None:
    """Raises Invalid for what a rule found wrong, if anything; `at` is where the part stands that
    the rule was asked about."""
    if wrong is not None:
        raise Invalid.field(at + wrong.pointer, wrong.code, wrong.detail)


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key was used before: by another person, or with another body."""

    code, title = "idempotency_key_reused", "Idempotency-Key reused"


class PreconditionRequired(DoorstepError):
    """This change needs an If-Match header with the ETag last read."""

    status, code, title = 428, "precondition_required", "If-Match missing"


class QuotaExceeded(DoorstepError):
    """Too many requests. Wait as long as Retry-After says."""

    status, code, title = 429, "quota_exceeded", "Too many requests"


class Unavailable(DoorstepError):
    """The service cannot answer just now. Try again shortly, with the same Idempotency-Key."""

    status, code, title = 503, "unavailable", "Try again shortly"

    def __init__(self, detail: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


def problem_types() -> list[type[DoorstepError]]:
    """Every problem type, for the documentation."""

    def below(parent: type[DoorstepError]) -> list[type[DoorstepError]]:
        return [parent, *(each for child in parent.__subclasses__() for each in below(child))]

    return below(DoorstepError)
