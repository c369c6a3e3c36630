"""Where a name leads is judged whenever a connection is made, by a resolver that nothing stops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dns.resolver import NoResolverConfiguration

from api.webhooks.destinations import JudgingResolver, Refused
from api.webhooks.sending import Answer, Sender
from tests.certifying import certified
from tests.messages import A_TEST
from tests.naming import Names, naming
from tests.posting import until
from tests.receivers import answering, receiver

pytestmark = pytest.mark.anyio

NAME = "hooks.good.example"
HERE = ["127.0.0.1"]


@pytest.fixture
async def names() -> AsyncIterator[Names]:
    async with naming() as server:
        yield server


@pytest.fixture
async def resolver(names: Names) -> AsyncIterator[JudgingResolver]:
    made = JudgingResolver(loopback_allowed=False, names=names.resolver)
    yield made
    await made.close()


@pytest.fixture
async def sender(names: Names) -> AsyncIterator[Sender]:
    """One that calls this machine."""
    made = Sender(loopback_allowed=True, names=names.resolver)
    yield made
    await made.close()


@pytest.fixture
async def strict(names: Names) -> AsyncIterator[Sender]:
    made = Sender(loopback_allowed=False, names=names.resolver)
    yield made
    await made.close()


def under(name: str, url: str) -> str:
    """The same place by its name."""
    return url.replace("127.0.0.1", name)


async def test_every_address_a_name_resolves_to_is_pinned(
    names: Names, resolver: JudgingResolver
) -> None:
    names.others = ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"]
    found = await resolver.resolve(NAME, 443, socket.AF_UNSPEC)
    assert sorted(each["host"] for each in found) == sorted(names.others)
    families = {each["host"]: each["family"] for each in found}
    assert families["1.1.1.1"] == socket.AF_INET
    assert families["2606:4700:4700::1111"] == socket.AF_INET6
    assert {each["flags"] for each in found} == {socket.AI_NUMERICHOST}
    assert {each["hostname"] for each in found} == {NAME}
    assert {each["port"] for each in found} == {443}


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1", "10.0.0.1", "169.254.169.254", "168.63.129.16", "192.0.0.9", "224.1.2.3",
        "::1", "::ffff:10.0.0.1", "::127.0.0.1", "fd00::1", "fec0::1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "3fff::1", "5f00::1", "ff0e::1",
    ],
)  # fmt: skip
async def test_one_address_inside_among_public_ones_refuses_all(
    names: Names, resolver: JudgingResolver, strict: Sender, inside: str
) -> None:
    names.others = ["1.1.1.1", "2606:4700:4700::1111", inside]
    with pytest.raises(Refused):
        await resolver.resolve(NAME, 443, socket.AF_UNSPEC)
    answer = await strict.post(f"https://{NAME}/", A_TEST, {})
    assert answer == Answer("destination_refused")


async def test_the_development_setting_admits_loopback_addresses_alone(names: Names) -> None:
    resolver = JudgingResolver(loopback_allowed=True, names=names.resolver)
    names.others = ["127.0.0.1", "::1"]
    assert len(await resolver.resolve(NAME, 80, socket.AF_UNSPEC)) == 2
    names.others = ["127.0.0.1", "10.0.0.1"]
    with pytest.raises(Refused):
        await resolver.resolve(NAME, 80)
    await resolver.close()


async def test_a_name_that_there_is_not_is_an_outcome(names: Names, strict: Sender) -> None:
    assert await strict.post(f"https://{NAME}/", A_TEST, {}) == Answer("connect_error")
    assert NAME in names.asked


async def test_a_name_that_turns_inside_after_it_was_accepted_is_not_called(
    names: Names, strict: Sender
) -> None:
    async with receiver() as inside:
        names.others = HERE
        answer = await strict.post(under("good.example", inside.url), A_TEST, {})
        assert answer == Answer("destination_refused")
        assert inside.requests == []


async def test_a_name_is_judged_anew_after_it_was_called(names: Names, sender: Sender) -> None:
    """Rebinding: the same name leads elsewhere a moment later."""
    async with receiver(answering(200, b"", "connection: close")) as here:
        url = under(NAME, here.url)
        names.others = HERE
        outcomes = [(await sender.post(url, A_TEST, {"webhook-id": "1"})).outcome]
        for elsewhere in (["10.0.0.1"], ["127.0.0.1", "169.254.169.254"], ["::ffff:127.0.0.1"]):
            names.others = elsewhere
            outcomes.append((await sender.post(url, A_TEST, {"webhook-id": "1"})).outcome)
        names.others = HERE
        outcomes.append((await sender.post(url, A_TEST, {"webhook-id": "1"})).outcome)
    assert outcomes == ["delivered", *["destination_refused"] * 3, "delivered"]
    assert len(here.requests) == 2


async def test_the_connection_goes_to_the_judged_address_with_the_name_as_host(
    names: Names, sender: Sender
) -> None:
    async with receiver(answering(200)) as here:
        names.others = HERE
        answer = await sender.post(under("good.example", here.url), A_TEST, {"webhook-id": "1"})
        assert answer.outcome == "delivered"
        port = here.url.split(":")[2].removesuffix("/hook")
        assert here.requests[0].headers["host"] == f"good.example:{port}"
        assert names.asked.count("good.example") <= 2  # once for each family: pinned


async def test_the_certificate_is_that_of_the_name_not_of_the_address(
    names: Names, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls, trusted = certified(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    names.others = HERE
    sender = Sender(loopback_allowed=True, names=names.resolver)
    async with receiver(answering(200), tls=tls) as here:
        secure = here.url.replace("http:", "https:")
        outcomes = [
            (await sender.post(under(name, secure), A_TEST, {"webhook-id": "1"})).outcome
            for name in (NAME, "other.good.example")
        ]
        await sender.close()
        assert outcomes == ["delivered", "connect_error"]
        assert len(here.requests) == 1


async def test_a_hundred_names_that_hang_stop_no_other(names: Names) -> None:
    """They are let go only when the other was called."""
    hanging = [f"h{number}.hung.example" for number in range(100)]
    names.known = dict.fromkeys(hanging, None)
    names.others = HERE
    sender = Sender(loopback_allowed=True, names=names.resolver)
    async with receiver(answering(200)) as here:
        tried = [
            asyncio.create_task(sender.post(under(name, here.url), A_TEST, {})) for name in hanging
        ]
        await until(lambda: set(hanging) <= set(names.asked))
        answer = await sender.post(under(NAME, here.url), A_TEST, {"webhook-id": "1"})
        assert answer.outcome == "delivered"
        assert not any(each.done() for each in tried)
        for each in tried:
            each.cancel()
        await asyncio.gather(*tried, return_exceptions=True)
    await sender.close()


async def test_a_name_that_hangs_shares_the_deadline(names: Names) -> None:
    names.known[NAME] = None
    sender = Sender(loopback_allowed=True, total_seconds=0.2, names=names.resolver)
    assert await sender.post(f"https://{NAME}/", A_TEST, {}) == Answer("timeout")
    await sender.close()


async def test_whom_the_system_asks_is_asked_and_nobody_is_a_failed_attempt(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender(loopback_allowed=True)
    monkeypatch.setattr("api.webhooks.destinations.Resolver", lambda: names.resolver)
    assert await sender.post(f"https://{NAME}/", A_TEST, {}) == Answer("connect_error")
    assert NAME in names.asked

    def unconfigured() -> None:
        raise NoResolverConfiguration

    monkeypatch.setattr("api.webhooks.destinations.Resolver", unconfigured)
    assert await sender.post(f"https://{NAME}/", A_TEST, {}) == Answer("connect_error")
    await sender.close()


async def test_this_machine_has_its_name_under_the_development_setting_alone(
    names: Names, sender: Sender, strict: Sender
) -> None:
    async with receiver(answering(200)) as here:
        url = under("localhost", here.url)
        assert (await sender.post(url, A_TEST, {"webhook-id": "1"})).outcome == "delivered"
        assert names.asked == []
        names.others = HERE
        assert await strict.post(url, A_TEST, {}) == Answer("destination_refused")
        assert len(here.requests) == 1
