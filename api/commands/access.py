"""`doorstep token`: an access token of a client or, signing an assertion, of a practitioner."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from api.access import tokens
from api.agencies.oauth.service import JWT_BEARER
from api.commands.context import fail
from api.foundation.ids import new_id
from api.settings import load_settings

ASSERTION_SECONDS = 120
TIMEOUT = 10


def token(
    demo: Annotated[
        str | None,
        typer.Option(help="An agency of .doorstep/demo.json by its kind, such as police."),
    ] = None,
    client_id: Annotated[str | None, typer.Option()] = None,
    client_secret: Annotated[
        str | None, typer.Option(envvar="DOORSTEP_CLIENT_SECRET", help="Or in the environment.")
    ] = None,
    staff_id: Annotated[
        str | None, typer.Option(help="Of a practitioner; else the token is the system's.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The agency's private key, in PEM.")] = None,
    kid: Annotated[str, typer.Option(help="The name the key is registered by.")] = "assertions-1",
    role: Annotated[
        list[str] | None, typer.Option(help="Narrows what is granted. Repeat for several.")
    ] = None,
) -> None:
    """Prints an access token, and nothing else."""
    settings = load_settings()
    base_url, pem = settings.base_url, _private_key(key) if key else None
    if demo is not None:
        agency, base_url = _demo_agency(settings.home / "demo.json", demo)
        client_id, client_secret = agency["client_id"], agency["client_secret"]
        pem, kid = agency["assertion_key"]["pem"].encode(), agency["assertion_key"]["kid"]
    if client_id is None or client_secret is None:
        raise fail("Give --demo, or --client-id and --client-secret.")
    form = {"grant_type": "client_credentials"}
    if staff_id is not None:
        if pem is None:
            raise fail("A practitioner's token needs the agency's --key.")
        asserted = assertion(base_url, client_id, staff_id, pem, kid, role or None)
        form = {"grant_type": JWT_BEARER, "assertion": asserted}
    print(request_token(base_url, form, client_id, client_secret))  # noqa: T201 (for a script)


def assertion(
    issuer: str,
    client_id: str,
    staff_id: str,
    pem: bytes,
    kid: str,
    roles: list[str] | None = None,
) -> str:
    """An RFC 7523 assertion that names a practitioner."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": client_id,
        "sub": staff_id,
        "aud": issuer,
        "jti": str(new_id()),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    if roles is not None:
        claims["roles"] = roles
    return tokens.sign(claims, pem=pem, kid=kid, typ="JWT")


def request_token(base_url: str, form: dict[str, str], client_id: str, secret: str) -> str:
    try:
        answer = httpx.post(
            f"{base_url}/oauth2/token", data=form, auth=(client_id, secret), timeout=TIMEOUT
        )
    except httpx.HTTPError:
        raise fail(f"Nothing answers at {base_url}.") from None
    try:
        given = answer.json()
        if answer.status_code == httpx.codes.OK:
            return str(given["access_token"])
        refusal = str(given["error_description"])
    except (ValueError, KeyError, TypeError):
        refusal = f"What answers at {base_url} is no token endpoint."
    raise fail(refusal)


def _private_key(path: Path) -> bytes:
    pem = path.read_bytes()
    try:
        tokens.public_key_of("", pem)
    except (tokens.UnusableKey, ValueError, TypeError):  # no PEM, or one under a password
        raise fail(f"{path} holds no EC private key on P-256.") from None
    return pem


def _demo_agency(path: Path, kind: str) -> tuple[dict[str, Any], str]:
    try:
        demo = json.loads(path.read_text())
    except OSError:
        raise fail(f"{path} is not there: run `make run` first.") from None
    for agency in demo["agencies"]:
        if agency["kind"] == kind:
            return agency, demo["base_url"]
    kinds = ", ".join(each["kind"] for each in demo["agencies"])
    raise fail(f"The demo has no such agency; it has {kinds}.")
