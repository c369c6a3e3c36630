"""Which URLs and which addresses are called, by a table of our own."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.destinations import Refused, check_literal, check_url, is_public

DOMAINS = (
    "good.example",
    "hooks.agency.example",
    "ports.example:8443",
    "both.example",
    "both.example:444",
)

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1",
    "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700:4700::1111", "2001:4860:4860::8888",
    "2a00:1450:4009:80b::200e", "2001:200::1", "2003::1", "3ffe::1",
]  # fmt: skip
INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "168.63.129.16", "192.0.0.1", "192.0.0.9",
    "192.0.0.10", "192.0.0.170", "192.0.0.192", "192.0.0.255", "192.0.2.1", "192.88.99.3",
    "192.31.196.1", "192.52.193.1", "192.175.48.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "224.1.2.3", "233.252.0.16", "239.1.1.1",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::a00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:1.1.1.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:808:808::1",
    "2620:4f:8000::1", "3fff::1", "3fff:fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1",
]  # fmt: skip

ACCEPTED = [
    "https://good.example", "https://good.example/", "https://good.example/hook?x=1",
    "https://good.example:443/hook", "https://a.good.example/hook", "https://a.b.good.example/h",
    "https://GOOD.example/hook", "HTTPS://good.example/hook", "https://hooks.agency.example/",
    "https://xn--80ak6aa92e.good.example/", "https://ports.example:8443/hook",
    "https://a.ports.example:8443/", "https://both.example/", "https://both.example:444/",
]  # fmt: skip
NOT_ACCEPTED = [
    ("http://good.example/hook", "not_https"),
    ("ftp://good.example/hook", "not_https"),
    ("//good.example/hook", "not_https"),
    ("file:///etc/passwd", "malformed"),
    ("javascript:alert(1)", "malformed"),
    ("good.example/hook", "malformed"),
    ("https://", "malformed"),
    ("https:///hook", "malformed"),
    ("https://user@good.example/", "malformed"),
    ("https://@good.example/", "malformed"),
    ("https://user:pass@good.example/", "malformed"),
    ("https://:@good.example/", "malformed"),
    ("https://good.example@evil.example/", "malformed"),
    ("https://evil.example\\@good.example/", "malformed"),
    ("https://evil.example\\.good.example/", "malformed"),
    ("https://evil.example%2f.good.example/", "malformed"),
    ("https://evil.example%00.good.example/", "malformed"),
    ("https://good.example/#fragment", "malformed"),
    ("https://good.example:8443/", "port"),
    ("https://good.example:80/", "port"),
    ("https://ports.example/", "port"),
    ("https://ports.example:443/", "port"),
    ("https://good.example:444/", "port"),
    ("https://other.example:8443/", "domain"),
    ("https://evilports.example:8443/", "domain"),
    ("https://good.example:0/", "port"),
    ("https://good.example:99999/", "malformed"),
    ("https://good.example:x/", "malformed"),
    ("https://good.example:-443/", "malformed"),
    ("https://good.example. /", "malformed"),
    ("https://good.example./", "malformed"),
    ("https://.good.example/", "malformed"),
    ("https://a..good.example/", "malformed"),
    (" https://good.example/", "malformed"),
    ("https://good.example/\n", "malformed"),
    ("https://good\t.example/", "malformed"),
    ("\x01https://good.example/", "malformed"),
    ("https://good.example/\x7f", "malformed"),
    ("https://good.example/é", "malformed"),
    ("https://gооd.example/", "malformed"),
    ("https://good。example/", "malformed"),
    ("https://①②⑦.0.0.1/", "malformed"),
    ("https://evilgood.example/", "domain"),
    ("https://good.example.evil.example/", "domain"),
    ("https://agency.example/", "domain"),
    ("https://example/", "domain"),
    ("https://127.0.0.1/", "domain"),
    ("https://127.1/", "domain"),
    ("https://2130706433/", "domain"),
    ("https://0177.0.0.1/", "domain"),
    ("https://0x7f.1/", "domain"),
    ("https://169.254.169.254/latest/meta-data", "domain"),
    ("https://1.1.1.1/", "domain"),
    ("https://[::1]/", "malformed"),
    ("https://[::ffff:7f00:1]/", "malformed"),
    ("https://[2606:4700::1]/", "malformed"),
    ("https://[::1", "malformed"),
    ("https://[good.example]/", "malformed"),
    ("https://localhost/", "domain"),
]  # fmt: skip
LOOPBACK = [
    "http://127.0.0.1:9000/hook", "https://127.0.0.1/hook", "http://localhost:1/",
    "http://LOCALHOST/", "http://[::1]:8000/hook",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_leads_inside_or_nowhere_is_not_called(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "2130706433", "0x7f000001", "1.1.1"])
def test_what_is_no_address_is_not_called(text: str) -> None:
    assert not is_public(text)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_called(address: Any) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_reached_through_an_ipv6_spelling(inner: Any) -> None:
    number = int(inner)
    for prefix in ("::ffff:0:0", "::", "64:ff9b::"):
        assert not is_public(
            str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number))
        )
    assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))))
    assert not is_public(str(ipaddress.IPv6Address((0x20010000 << 96) | number)))


@pytest.mark.parametrize("url", ACCEPTED)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_a_url_under_a_registered_domain_is_accepted(url: str, loopback_allowed: bool) -> None:
    check_url(url, DOMAINS, loopback_allowed=loopback_allowed)


@pytest.mark.parametrize(("url", "reason"), NOT_ACCEPTED)
def test_any_other_url_is_refused_with_its_reason(url: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        check_url(url, DOMAINS, loopback_allowed=False)
    assert refused.value.reason == reason


@pytest.mark.parametrize("url", LOOPBACK)
def test_this_machine_is_called_only_under_the_development_setting(url: str) -> None:
    check_url(url, (), loopback_allowed=True)
    with pytest.raises(Refused):
        check_url(url, (), loopback_allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2/", "http://0.0.0.0/", "http://127.1/", "http://2130706433/",
        "http://localhost.evil.example/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/",
        "ftp://127.0.0.1/", "http://10.0.0.1/", "http://u@127.0.0.1/",
    ],
)  # fmt: skip
def test_the_development_setting_opens_nothing_else(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url, DOMAINS, loopback_allowed=True)


def test_an_agency_without_domains_has_no_destination() -> None:
    with pytest.raises(Refused) as refused:
        check_url("https://good.example/", (), loopback_allowed=False)
    assert refused.value.reason == "domain"


def test_an_address_in_the_place_of_a_name_is_judged_too() -> None:
    check_literal("good.example", loopback_allowed=False)
    check_literal("1.1.1.1", loopback_allowed=False)
    check_literal("127.0.0.1", loopback_allowed=True)
    with pytest.raises(Refused):
        check_literal("127.0.0.1", loopback_allowed=False)
    with pytest.raises(Refused):
        check_literal("169.254.169.254", loopback_allowed=True)
