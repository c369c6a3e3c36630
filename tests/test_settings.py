"""Settings: what is unsafe in production does not start, and no value is ever repeated."""

import base64
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from api.settings import (
    MailServer,
    Settings,
    UnsafeSettings,
    decode_key,
    load_settings,
    warn_of_unknown_variables,
)

KEY = base64.b64encode(b"k" * 32).decode()
OTHER = base64.b64encode(b"o" * 32).decode()
SAFE = {
    "ENVIRONMENT": "production",
    "BASE_URL": "https://doorstep.example.org",
    "ENCRYPTION_KEY": KEY,
    "DATABASE_URL": "postgresql://doorstep_api:secret@db/doorstep",
}


@pytest.fixture(autouse=True)
def no_settings_of_whoever_runs_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DOORSTEP_"):
            monkeypatch.delenv(name)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str | None) -> Settings:
    for name, value in environment.items():
        if value is not None:
            monkeypatch.setenv(f"DOORSTEP_{name}", value)
    return load_settings()


def test_a_safe_production_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, **SAFE)
    assert settings.issuer == "https://doorstep.example.org"
    assert settings.token_url == "https://doorstep.example.org/oauth2/token"
    assert settings.master_key == b"k" * 32


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"BASE_URL": "http://doorstep.example.org"}, "DOORSTEP_BASE_URL"),
        ({"BASE_URL": None}, "DOORSTEP_BASE_URL"),
        ({"ALLOW_LOOPBACK_WEBHOOKS": "true"}, "DOORSTEP_ALLOW_LOOPBACK_WEBHOOKS"),
        ({"ENCRYPTION_KEY": None}, "DOORSTEP_ENCRYPTION_KEY"),
        ({"DATABASE_URL": None}, "DOORSTEP_DATABASE_URL"),
    ],
)
def test_what_is_unsafe_in_production_refuses_to_start(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None], named: str
) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        load(monkeypatch, **(SAFE | changes))
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("BASE_URL", "doorstep.example.org"),
        ("BASE_URL", "ftp://doorstep.example.org"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://ada:secret@doorstep.example.org"),
        ("BASE_URL", "https://doorstep.example.org/?a=secret"),
        ("BASE_URL", "https://doorstep.example.org/#secret"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "secret"),
        ("POOL_SIZE", "0"),
        ("POOL_WAIT_SECONDS", "0"),
        ("REQUESTS_PER_MINUTE", "-1"),
        ("FAILED_TOKENS_PER_MINUTE", "0"),
        ("LOG_LEVEL", "secret"),
        ("DATABASE_URL", "secret"),
        ("DATABASE_URL", "mysql://a:secret@db/doorstep"),
        ("WORKER_DATABASE_URL", "postgresql://a:secret@db:port/doorstep"),
        ("OWNER_DATABASE_URL", "postgresql://a:secret@db:99999/doorstep"),
        ("ENCRYPTION_KEY", "secret"),
        ("ENCRYPTION_KEY", "sécret"),
        ("ENCRYPTION_KEY", ""),
        ("ENCRYPTION_KEY", base64.b64encode(b"secret").decode()),
        ("ENCRYPTION_KEY", base64.b64encode(b"k" * 33).decode()),
        ("SMTP_URL", "secret"),
        ("SMTP_URL", "https://mail.example.org"),
        ("SMTP_URL", "smtps://"),
        ("SMTP_URL", "smtps://user:secret@mail.example.org:port"),
        ("SMTP_URL", "smtps://user:secret@mail.example.org:0"),
        ("SMTP_URL", "smtps://user:secret@[mail.example.org"),
        ("SMTP_URL", "smtps://user:se/cret@mail.example.org"),
        ("SMTP_URL", "smtps://user:secret#@mail.example.org"),
        ("SMTP_URL", "smtps://mail.example.org/?secret"),
        ("SMTP_URL", "smtps://mail.example.org/secret"),
        ("SMTP_URL", "smtps://secret@mail.example.org"),
        ("SMTP_URL", "smtps://:secret@mail.example.org"),
        ("MAIL_FROM", "secret"),
        ("MAIL_FROM", "secret@localhost"),
        ("MAIL_FROM", "Doorstep <secret@example.org>"),
        ("MAIL_FROM", "secret@example.org\nBcc: all@example.org"),
        ("MAIL_FROM", "secret@example.org\n"),
        ("MAIL_FROM", "sécret@example.org"),
        ("MAIL_FROM", "a..secret@example.org"),
        ("OTHER_ENCRYPTION_KEYS", "secret"),
        ("OTHER_ENCRYPTION_KEYS", f"{KEY},secret"),
        ("OTHER_ENCRYPTION_KEYS", f"{KEY},"),
        ("OTHER_ENCRYPTION_KEYS", f"{KEY} {OTHER}"),
        ("OTHER_ENCRYPTION_KEYS", f"{KEY},{KEY}"),
    ],
)
def test_a_bad_value_is_named_in_one_line_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        load(monkeypatch, **{name: value})
    message = str(refused.value)
    assert message.startswith(f"DOORSTEP_{name}: ")
    assert "\n" not in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("listed", "keys"),
    [
        (None, []),
        ("", []),
        (" ", []),
        (OTHER, [b"o" * 32]),
        (f" {OTHER} , {base64.b64encode(b'p' * 32).decode()} ", [b"o" * 32, b"p" * 32]),
    ],
)
def test_other_keys_open_after_the_current_one(
    monkeypatch: pytest.MonkeyPatch, listed: str | None, keys: list[bytes]
) -> None:
    settings = load(monkeypatch, ENCRYPTION_KEY=KEY, OTHER_ENCRYPTION_KEYS=listed)
    assert settings.master_keys == [b"k" * 32, *keys]


def test_a_key_is_not_the_current_and_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when one of the two was forgotten while they were exchanged."""
    with pytest.raises(UnsafeSettings) as refused:
        load(monkeypatch, ENCRYPTION_KEY=KEY, OTHER_ENCRYPTION_KEYS=f"{OTHER},{KEY}")
    assert str(refused.value) == (
        "DOORSTEP_OTHER_ENCRYPTION_KEYS: must name no key twice, nor DOORSTEP_ENCRYPTION_KEY"
    )


def test_other_keys_stand_beside_the_one_that_is_kept_at_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, other_encryption_keys=SecretStr(OTHER))
    assert settings.master_keys == [settings.master_key, b"o" * 32]


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repr(load(monkeypatch, **SAFE, OTHER_ENCRYPTION_KEYS=OTHER))
    assert KEY not in shown
    assert OTHER not in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"HOST": "::1"}, "http://[::1]:8000"),
        ({"BASE_URL": "https://doorstep.example.org/"}, "https://doorstep.example.org"),
        ({"BASE_URL": "https://example.org/doorstep/"}, "https://example.org/doorstep"),
    ],
)
def test_the_issuer_is_the_base_url_without_a_slash_or_the_service_s_own_address(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], address: str
) -> None:
    assert load(monkeypatch, **given).issuer == address


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.example.org", MailServer("smtps", "mail.example.org", 465)),
        ("smtp://mail.example.org/", MailServer("smtp", "mail.example.org", 587)),
        ("smtp+plain://[::1]", MailServer("smtp+plain", "::1", 25)),
        (
            "smtp://ann%40a.org:p%2Fw@b.org:2525",
            MailServer("smtp", "b.org", 2525, "ann@a.org", "p/w"),
        ),
        ("", None),
    ],
)
def test_a_mail_server_is_read_from_its_address(
    monkeypatch: pytest.MonkeyPatch, url: str, server: MailServer | None
) -> None:
    settings = load(monkeypatch, SMTP_URL=url, MAIL_FROM="doorstep@example.org" if url else "")
    assert settings.mail_server == server
    assert "p/w" not in repr(settings.mail_server)
    assert settings.mail_from == (server and "doorstep@example.org")


@pytest.mark.parametrize(
    "given", [{"SMTP_URL": "smtps://mail.example.org"}, {"MAIL_FROM": "doorstep@example.org"}]
)
def test_mail_is_set_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        load(monkeypatch, **given)
    assert str(refused.value) == (
        "DOORSTEP_SMTP_URL and DOORSTEP_MAIL_FROM are set together, or neither"
    )


@pytest.mark.parametrize(
    ("url", "starts"),
    [
        ("smtps://mail.example.org", True),
        ("smtp://mail.example.org", True),
        ("smtp+plain://127.0.0.1", True),
        ("smtp+plain://localhost:1025", True),
        ("smtp+plain://mail.example.org", False),
        ("smtp+plain://10.0.0.5", False),
    ],
)
def test_in_production_mail_is_in_the_clear_only_within_this_machine(
    monkeypatch: pytest.MonkeyPatch, url: str, starts: bool
) -> None:
    given = SAFE | {"SMTP_URL": url, "MAIL_FROM": "doorstep@example.org"}
    if starts:
        assert load(monkeypatch, **given).mail_server is not None
        return
    with pytest.raises(UnsafeSettings, match="DOORSTEP_SMTP_URL must be encrypted in production"):
        load(monkeypatch, **given)


def test_an_expiry_before_the_review_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        load(monkeypatch, REVIEW_WITHIN_MONTHS="6", EXPIRE_WITHIN_MONTHS="5")
    assert "DOORSTEP_EXPIRE_WITHIN_MONTHS must not be less" in str(refused.value)
    assert load(monkeypatch, EXPIRE_WITHIN_MONTHS="6").expire_within_months == 6


def test_a_misspelt_variable_is_warned_of_and_one_that_others_read_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOORSTEP_ENVIROMENT", "production")
    monkeypatch.setenv("DOORSTEP_DEMO", "0")
    load(monkeypatch, RATIFY_WITHIN_HOURS="24")
    with capture_logs() as lines:
        warn_of_unknown_variables()
    [line] = lines
    assert (line["event"], line["name"]) == ("unknown_variable", "DOORSTEP_ENVIROMENT")
    assert line["log_level"] == "warning"


@pytest.mark.parametrize("key", [b"\0" * 32, bytes(range(32)), b"\xff" * 32])
def test_a_key_of_32_bytes_is_decoded(key: bytes) -> None:
    assert decode_key(base64.b64encode(key).decode()) == key


@pytest.mark.parametrize("text", ["", "====", "a b c", KEY[:-4], KEY + KEY, KEY.replace("a", "é")])
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be |ASCII"):
        decode_key(text)


def test_a_development_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    key = Settings(home=home).master_key
    kept = home / "encryption.key"
    assert len(key) == 32
    assert kept.stat().st_mode & 0o777 == 0o600
    assert Settings(home=home).master_key == key
    assert os.listdir(home) == ["encryption.key"]


def test_processes_that_start_together_use_the_same_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        found.append(Settings(home=tmp_path).master_key)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", ["", "secret", base64.b64encode(b"secret").decode()])
def test_a_damaged_key_is_named_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    kept = tmp_path / "encryption.key"
    kept.write_text(content)
    with pytest.raises(UnsafeSettings) as refused:
        _ = Settings(home=tmp_path).master_key
    assert str(kept) in str(refused.value)
    assert "secret" not in str(refused.value).removeprefix(str(kept))
    assert kept.read_text() == content


def test_every_setting_is_described() -> None:
    fields: dict[str, Any] = dict(Settings.model_fields)
    assert [name for name, field in fields.items() if not field.description] == []
