"""Bodies of the token endpoint, as the RFCs spell them."""

from typing import Literal

from pydantic import Field

from api.foundation.schemas import ResponseBody


class TokenResponse(ResponseBody):
    access_token: str = Field(description="A JWT after RFC 9068. Treat it as opaque.")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    scope: str = Field(description="The roles granted, separated by spaces.")


class TokenError(ResponseBody):
    """RFC 6749, 5.2."""

    error: Literal[
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "unsupported_grant_type",
        "slow_down",
    ]
    error_description: str


class JwksResponse(ResponseBody):
    keys: list[dict[str, str]]


class MetadataResponse(ResponseBody):
    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    service_documentation: str
