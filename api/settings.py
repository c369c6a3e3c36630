"""Every environment variable that Doorstep reads, typed. Names start with `DOORSTEP_`."""

import base64
import binascii
import contextlib
import os
import re
import secrets
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from api.deadlines import Deadlines

PREFIX = "DOORSTEP_"
ENCRYPTION_KEY_BYTES = 32
DATABASE_SCHEMES = {"postgres", "postgresql", "postgresql+asyncpg"}
# Read elsewhere: by the demo, the command line, the tests, the examples of docs/integrating.md, and
# by docker-compose.yml.
READ_ELSEWHERE = {
    "DEMO", "CLIENT_ID", "CLIENT_SECRET", "KEY_FILE", "KID", "TEST_PROCESSES", "OWNER_PASSWORD",
    "API_PASSWORD", "WORKER_PASSWORD", "PUBLISHED_PORT",
}  # fmt: skip
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}
SMTP_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Plain ASCII, without quotes or comments: what every mail server takes, and nothing a header
# could be broken with.
MAIL_ADDRESS = rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z]{{2,63}}$"

log = structlog.get_logger("settings")


class UnsafeSettings(Exception):
    """A setting is missing or unsafe; the message is one line that says which and why."""


@dataclass(frozen=True)
class MailServer:
    """`smtps`: TLS from the first byte. `smtp`: nothing is said before STARTTLS. `smtp+plain`:
    never encrypted."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class Settings(Deadlines):
    """Read once, when a process starts. `load_settings` turns a bad value into one clear line."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses every unsafe setting at start-up."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address clients use: the OAuth issuer, and the audience of assertions. "
        "Unset: http, the host and the port below.",
    )
    host: str = Field("127.0.0.1", description="The address `doorstep serve` listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port `doorstep serve` listens on.")
    home: Path = Field(
        Path(".doorstep"),
        description="Where the embedded PostgreSQL, its data and the demo's secrets live.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL for `serve` and the CLI, as role `doorstep_api`. "
        "Unset: the embedded server under `DOORSTEP_HOME`.",
    )
    worker_database_url: SecretStr | None = Field(
        None, description="The same database for `worker`, as role `doorstep_worker`."
    )
    owner_database_url: SecretStr | None = Field(
        None, description="The same database for `migrate`, as role `doorstep_owner`."
    )
    pool_size: int = Field(10, ge=1, le=200, description="Database connections of one process.")
    pool_wait_seconds: float = Field(
        2.0,
        gt=0,
        le=30,
        description="How long a request waits for a connection before it is answered 503.",
    )
    encryption_key: SecretStr | None = Field(
        None,
        description="32 random bytes in base64: encrypts webhook secrets and signing keys, signs "
        "cursors and join tokens. Unset in development: kept in `DOORSTEP_HOME`.",
    )
    other_encryption_keys: SecretStr | None = Field(
        None,
        description="Keys that open and verify too and make nothing new, comma-separated: the next "
        "one, before it becomes `DOORSTEP_ENCRYPTION_KEY`, and those before, until nothing is "
        "under them.",
    )
    allow_loopback_webhooks: bool = Field(
        False,
        description="Lets webhooks go to this machine over plain http. For development only.",
    )
    requests_per_minute: int = Field(
        6000, ge=1, description="Quota of one client for everything but publishing."
    )
    publishes_per_minute: int = Field(
        1200, ge=1, description="Quota of one client for publishing, which reads never starve."
    )
    matches_per_hour: int = Field(
        600, ge=1, description="Quota of one agency for matching and registering families."
    )
    failed_tokens_per_minute: int = Field(
        20, ge=1, description="Failed token requests of one address for one client before 429."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses whose `X-Forwarded-For` is believed, comma-separated."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe log line written."
    )
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Where the worker serves its metrics. Unset: nowhere."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Where the worker hands in mail: `smtps://user:password@host:465`, or "
        "`smtp://` with STARTTLS, which is then required; `smtp+plain://` is not encrypted, and in "
        "production only for a relay on this machine. Unset: no mail.",
    )
    mail_from: str | None = Field(
        None, description="Whom mail is from, such as `doorstep@example.org`."
    )

    @model_validator(mode="before")
    @classmethod
    def _own_address(cls, given: dict[str, Any]) -> dict[str, Any]:
        host, port = str(given.get("host", "127.0.0.1")), given.get("port", 8000)
        named = f"[{host}]" if ":" in host else host
        return {"base_url": f"http://{named}:{port}", **given}

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ValueError("must be an http or https address")
        if parts.query or parts.fragment:
            raise ValueError("must have no query and no fragment")
        return value.rstrip("/")

    @field_validator("database_url", "worker_database_url", "owner_database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_database_url(value.get_secret_value()):
            raise ValueError("must be a postgresql:// address")
        return value

    @field_validator("encryption_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            decode_key(value.get_secret_value())
        return value

    @field_validator("smtp_url", "mail_from", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        """What a compose file gives for a variable that nobody has set."""
        return value or None

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_mail_server(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_a_mail_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(MAIL_ADDRESS, value):
            raise ValueError("must be an address such as doorstep@example.org")
        return value

    @model_validator(mode="after")
    def _mail_is_whole_and_safe(self) -> "Settings":
        if (self.smtp_url is None) != (self.mail_from is None):
            raise ValueError(
                "DOORSTEP_SMTP_URL and DOORSTEP_MAIL_FROM are set together, or neither"
            )
        server = self.mail_server
        if server is None or self.environment != "production" or server.scheme != "smtp+plain":
            return self
        if server.host not in LOOPBACK_HOSTS:
            raise ValueError(
                "DOORSTEP_SMTP_URL must be encrypted in production, but for a relay on this machine"
            )
        return self

    @field_validator("other_encryption_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        known, current = decode_keys(value), others.data.get("encryption_key")
        if current is not None:
            known.append(decode_key(current.get_secret_value()))
        if len(known) != len(set(known)):
            raise ValueError("must name no key twice, nor DOORSTEP_ENCRYPTION_KEY")
        return value

    @model_validator(mode="after")
    def _safe_in_production(self) -> "Settings":
        if self.environment != "production":
            return self
        if not self.base_url.startswith("https://"):
            raise ValueError("DOORSTEP_BASE_URL must be https in production")
        if self.allow_loopback_webhooks:
            raise ValueError("DOORSTEP_ALLOW_LOOPBACK_WEBHOOKS must be off in production")
        if self.encryption_key is None:
            raise ValueError("DOORSTEP_ENCRYPTION_KEY is needed in production")
        if not (self.database_url or self.worker_database_url or self.owner_database_url):
            raise ValueError("DOORSTEP_DATABASE_URL is needed in production")
        return self

    @property
    def issuer(self) -> str:
        return self.base_url

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/oauth2/token"

    @property
    def master_keys(self) -> list[bytes]:
        """The current one, then the others."""
        return [self.master_key, *decode_keys(self.other_encryption_keys)]

    @cached_property
    def mail_server(self) -> MailServer | None:
        if self.smtp_url is None:
            return None
        return read_mail_server(self.smtp_url.get_secret_value())

    @cached_property
    def master_key(self) -> bytes:
        """The 32 bytes behind every derived key; in development made once and kept at home."""
        if self.encryption_key is not None:
            return decode_key(self.encryption_key.get_secret_value())
        path = self.home / "encryption.key"
        try:
            return decode_key(_kept_key(path))
        except ValueError as error:
            raise UnsafeSettings(f"{path} {error}") from None


def _is_database_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in DATABASE_SCHEMES and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def read_mail_server(url: str) -> MailServer:
    """Raises ValueError, without a word of what was given: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, a bracket that is not closed
        raise ValueError("must be smtps://, smtp:// or smtp+plain:// and a host") from None
    if parts.scheme not in SMTP_PORTS or not parts.hostname or port == 0:
        raise ValueError("must be smtps://, smtp:// or smtp+plain:// and a host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must have nothing after the host and port: encode a password's signs")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("must have a user and a password, or neither")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return MailServer(
        parts.scheme, parts.hostname, port or SMTP_PORTS[parts.scheme], user, password
    )


def decode_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("must be base64") from None
    if len(key) != ENCRYPTION_KEY_BYTES:
        raise ValueError(f"must be {ENCRYPTION_KEY_BYTES} bytes in base64")
    return key


def decode_keys(listed: SecretStr | None) -> list[bytes]:
    """None of an empty list, as compose gives a variable that is not set."""
    text = "" if listed is None else listed.get_secret_value().strip()
    return [decode_key(each.strip()) for each in text.split(",")] if text else []


def _kept_key(path: Path) -> str:
    """Made whole before it takes its name, so that of several processes all read the same."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                fresh = secrets.token_bytes(ENCRYPTION_KEY_BYTES)
                file.write(base64.b64encode(fresh).decode())
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            os.unlink(name)
    return path.read_text()


def warn_of_unknown_variables() -> None:
    """A misspelt variable would otherwise leave a default in force without a word."""
    known = {name.upper() for name in Settings.model_fields} | READ_ELSEWHERE
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            log.warning("unknown_variable", name=name)


def load_settings() -> Settings:
    """Reads the environment. Raises UnsafeSettings with one line that names the setting."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        message = first["msg"].removeprefix("Value error, ")
        raise UnsafeSettings(message if not first["loc"] else f"{name}: {message}") from None
