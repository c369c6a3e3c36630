"""The token endpoint and the documents that describe it."""

import hashlib
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.access.tokens import ALGORITHMS
from api.agencies.oauth import service
from api.agencies.oauth.keys import TOKEN_LIFETIME, SigningKeys
from api.agencies.oauth.schemas import JwksResponse, MetadataResponse, TokenError, TokenResponse
from api.foundation import metrics
from api.foundation.errors import QuotaExceeded
from api.foundation.openapi import public_problems
from api.foundation.quotas import Quota
from api.journal.dependencies import runtime_of
from api.journal.origin import RequestOrigin

router = APIRouter(tags=["Access"])
log = structlog.get_logger("tokens")

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FORM = "application/x-www-form-urlencoded"
GRANTS = {service.CLIENT_CREDENTIALS: "client_credentials", service.JWT_BEARER: "jwt_bearer"}

_TEXT = {"type": "string"}
_CLIENT = {"client_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11", "client_secret": "dss_…"}
_OF_A_SYSTEM = {"grant_type": service.CLIENT_CREDENTIALS, **_CLIENT}
_OF_A_PRACTITIONER = {
    "grant_type": service.JWT_BEARER,
    "assertion": "eyJhbGciOiJFUzI1NiIsImtpZCI6ImFzc2VydGlvbnMtMSJ9.…",
    **_CLIENT,
}
_DOCUMENTED_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": list(GRANTS)},
                        "client_id": _TEXT,
                        "client_secret": _TEXT,
                        "client_assertion_type": {"const": service.CLIENT_ASSERTION},
                        "client_assertion": _TEXT,
                        "assertion": _TEXT,
                    },
                },
                "examples": {
                    "system": {"summary": "A system, with a secret", "value": _OF_A_SYSTEM},
                    "practitioner": {
                        "summary": "A practitioner, asserted by the agency",
                        "value": _OF_A_PRACTITIONER,
                    },
                },
            }
        },
    },
    "security": [],
}


@router.post(
    "/oauth2/token",
    operation_id="issue_token",
    summary="Get an access token",
    response_model=TokenResponse,
    responses={
        **{status: {"model": TokenError} for status in (400, 401, 429)},
        **public_problems(413, 500, 503),
    },
    openapi_extra=_DOCUMENTED_FORM,
)
async def issue_token(request: Request) -> Response:
    """For a system: `client_credentials` with a secret (Basic or in the body) or a signed
    `client_assertion` (`private_key_jwt`). For a practitioner: the agency's own signed
    `assertion` (RFC 7523) with `sub` = staff id and, the first time, `name` and `job_title`;
    `roles` narrows what is granted. Assertions live at most 5 minutes, name this issuer as their
    only audience, and work once. The token lives 10 minutes."""
    runtime = runtime_of(request)
    keys: SigningKeys = request.app.state.signing_keys
    asked = service.TokenRequest({}, None, RequestOrigin())
    try:
        asked = await _read(request)
        subject = await service.grant_token(runtime, asked)
    except service.TokenRefused as refusal:
        return _refused(request, asked, refusal)
    metrics.TOKENS.labels(GRANTS[asked.grant], "issued").inc()
    body = TokenResponse(
        access_token=await keys.issue(subject),
        token_type="Bearer",  # noqa: S106 (the scheme's name)
        expires_in=int(TOKEN_LIFETIME.total_seconds()),
        scope=" ".join(sorted(subject.roles)),
    )
    return Response(body.model_dump_json(), headers=NO_STORE, media_type="application/json")


async def _read(request: Request) -> service.TokenRequest:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        raise service.TokenRefused("invalid_request", f"The body must be {FORM}.")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("utf-8"), strict_parsing=True, max_num_fields=20
        )
    except ValueError:
        raise service.TokenRefused("invalid_request", "The form cannot be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise service.TokenRefused("invalid_request", "A parameter is given twice.")
    origin = RequestOrigin(UUID(request.state.request_id), "POST", "/oauth2/token")
    return service.TokenRequest(form, request.headers.get("authorization"), origin)


def _refused(
    request: Request, asked: service.TokenRequest, refusal: service.TokenRefused
) -> Response:
    """Only failures are counted, per address and client, after they were checked: whoever has
    the right secret gets a token, however many others have tried in that client's name."""
    runtime = runtime_of(request)
    metrics.TOKENS.labels(GRANTS.get(asked.grant, "other"), refusal.error).inc()
    log.warning("token_refused", reason=refusal.error)
    address = request.client.host if request.client else ""
    key = hashlib.sha256(f"{address}|{asked.claimed_client}".encode()).hexdigest()
    quota = Quota.per_minute("failed_tokens", runtime.settings.failed_tokens_per_minute)
    headers = dict(NO_STORE)
    status, error, description = refusal.status, refusal.error, refusal.description
    try:
        runtime.quotas.use(quota, key)
    except QuotaExceeded as exceeded:
        status, error = 429, "slow_down"
        description = "Too many failed requests from this address."
        headers["Retry-After"] = exceeded.headers["Retry-After"]
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="doorstep"'
    return JSONResponse({"error": error, "error_description": description}, status, headers=headers)


@router.get(
    "/.well-known/jwks.json",
    operation_id="get_jwks",
    summary="The keys that sign access tokens",
    response_model=JwksResponse,
    responses=public_problems(500, 503),
    openapi_extra={"security": []},
)
async def get_jwks(request: Request) -> Response:
    """RFC 7517. May be cached for 5 minutes; read it again when a token names another key."""
    keys: SigningKeys = request.app.state.signing_keys
    return JSONResponse({"keys": await keys.jwks()}, headers={"Cache-Control": "max-age=300"})


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="get_authorization_server",
    summary="How to get tokens, for machines",
    response_model=MetadataResponse,
    openapi_extra={"security": []},
)
async def get_authorization_server(request: Request) -> Response:
    """RFC 8414."""
    settings = runtime_of(request).settings
    algorithms = sorted(ALGORITHMS)
    body = MetadataResponse(
        issuer=settings.issuer,
        token_endpoint=settings.token_url,
        jwks_uri=f"{settings.issuer}/.well-known/jwks.json",
        grant_types_supported=list(GRANTS),
        response_types_supported=[],
        token_endpoint_auth_methods_supported=[
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        token_endpoint_auth_signing_alg_values_supported=algorithms,
        service_documentation=f"{settings.issuer}/docs",
    )
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "max-age=300"})
