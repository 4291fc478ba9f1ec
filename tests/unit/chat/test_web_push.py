"""A5: web pushes, against a push service that is as strict as a real one, and against hosts that must not be reached."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.chat.adapters import push_encryption as encryption
from services.chat.adapters import web_push
from services.chat.adapters.web_push import HttpWebPush, is_public_address
from services.chat.domain import PushOutcome, PushSubscription
from services.chat.domain.push_subscription import host_of
from services.shared.security.keys import KeyRing
from tests.support.push_service import HOST, Browser, PushService, running_push_service, to_bytes

KEYS = KeyRing("k2", {"k1": b"1" * 32, "k2": b"2" * 32})
PUBLIC = "93.184.216.34"
PAYLOAD = b'{"type":"summary","count":3,"has_more":false}'


@pytest.fixture
def service(socket_enabled: None) -> Iterator[PushService]:
    with running_push_service() as running:
        yield running


def sender(service: PushService, **changes: Any) -> HttpWebPush:
    at_service: dict[str, Any] = {"resolve": lambda host: [PUBLIC], "connect": service.connect, "tls": service.tls}
    return HttpWebPush(KEYS, "mailto:operator@example.com", **{**at_service, **changes})


def subscribed(service: PushService, key_id: str = "k2") -> tuple[PushSubscription, Browser]:
    key = encryption.encode(encryption.public_key_of(encryption.private_key_of(KEYS.keys[key_id])))
    endpoint, browser = service.add_browser(key)
    subscription = PushSubscription("user", endpoint, browser.p256dh, browser.auth, key_id, datetime.now(UTC), 0)
    return subscription, browser


def send(push: HttpWebPush, subscription: PushSubscription, payload: bytes = PAYLOAD) -> PushOutcome:
    (outcome,) = push.send_all([(subscription, payload)], datetime.now(UTC))
    return outcome


def test_a5_a_strict_push_service_takes_the_push_and_its_browser_reads_it(service: PushService) -> None:
    subscription, browser = subscribed(service)
    assert send(sender(service), subscription) is PushOutcome.SENT
    assert browser.received == [{"type": "summary", "count": 3, "has_more": False}]
    assert (service.connected, service.denied) == ([(PUBLIC, 443)], [])


def test_a5_the_longest_push_fits_one_record(service: PushService) -> None:
    subscription, browser = subscribed(service)
    longest = b'"' + b"x" * (encryption.MAX_PLAINTEXT - 2) + b'"'
    assert send(sender(service), subscription, longest) is PushOutcome.SENT
    assert len(browser.received[0]) == encryption.MAX_PLAINTEXT - 2
    assert send(sender(service), subscription, longest + b" ") is PushOutcome.FAILED


def test_a5_a_browser_that_subscribed_with_an_earlier_key_still_gets_pushes(service: PushService) -> None:
    subscription, browser = subscribed(service, "k1")
    assert send(sender(service), subscription) is PushOutcome.SENT
    assert send(sender(service), replace(subscription, key_id="lost")) is PushOutcome.FAILED
    assert len(browser.received) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, PushOutcome.ENDED),
        (410, PushOutcome.ENDED),
        (429, PushOutcome.FAILED),
        (500, PushOutcome.FAILED),
        (503, PushOutcome.FAILED),
    ],
)
def test_a5_what_a_push_service_answers_decides_what_becomes_of_the_push(
    service: PushService, status: int, outcome: PushOutcome
) -> None:
    subscription, browser = subscribed(service)
    browser.status = status
    assert send(sender(service), subscription) is outcome


def test_a5_an_unknown_subscription_has_ended(service: PushService) -> None:
    subscription, _ = subscribed(service)
    assert send(sender(service), replace(subscription, endpoint=f"{subscription.endpoint}x")) is PushOutcome.ENDED


REAL_AUTHORIZATION, REAL_ENCRYPT = encryption.authorization, encryption.encrypt
LATER = timedelta(hours=13)
SABOTAGED = {
    "wrong algorithm or audience": ("authorization", lambda key, host, *a: REAL_AUTHORIZATION(key, "other.example.com", *a)),
    "expired, or valid for more than a day": (
        "authorization",
        lambda key, host, contact, at: REAL_AUTHORIZATION(key, host, contact, at + LATER),
    ),
    "no contact": ("authorization", lambda key, host, contact, at: REAL_AUTHORIZATION(key, host, "", at)),
    "another key than the browser subscribed with": (
        "authorization",
        lambda key, *a: REAL_AUTHORIZATION(encryption.private_key_of(b"other"), *a),
    ),
    "no VAPID": ("authorization", lambda *a: "Bearer x"),
    "not encrypted for this browser": ("encrypt", lambda text, key, auth: REAL_ENCRYPT(text, key, "A" * 22)),
    "no header of aes128gcm": ("encrypt", lambda text, key, auth: text),
}


@pytest.mark.parametrize("reason", SABOTAGED)
def test_a5_the_push_service_of_the_tests_denies_what_a_real_one_does(service: PushService, reason: str) -> None:
    subscription, browser = subscribed(service)
    name, sabotaged = SABOTAGED[reason]
    with mock.patch.object(encryption, name, sabotaged):
        assert send(sender(service), subscription) is PushOutcome.FAILED
    assert (service.denied, browser.received) == ([reason], [])


def test_a5_a_signature_of_another_key_is_denied(service: PushService) -> None:
    subscription, browser = subscribed(service)

    def forged(key: Any, *arguments: Any) -> str:
        token = REAL_AUTHORIZATION(encryption.private_key_of(b"other"), *arguments).partition(", k=")[0]
        return token + ", k=" + REAL_AUTHORIZATION(key, *arguments).partition(", k=")[2]

    with mock.patch.object(encryption, "authorization", forged):
        assert send(sender(service), subscription) is PushOutcome.FAILED
    assert (service.denied, browser.received) == (["wrong signature"], [])


def test_a5_the_browser_of_the_tests_reads_the_example_of_rfc_8291() -> None:
    private = ec.derive_private_key(int.from_bytes(to_bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), ec.SECP256R1())
    browser = Browser("", private, to_bytes("BTBZMqHH6r4Tts7J_aSIgg"))
    assert browser.p256dh == "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b"
        "Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.decrypt(to_bytes(body)) == b"When I grow up, I want to be a watermelon"


ENDPOINTS = {
    "https://push.example.com/v1/a": "push.example.com",
    "https://push.example.com:443/v1/a?b=c": "push.example.com",
    "https://PUSH.example.com/": "push.example.com",
    "https://push.example.com": "push.example.com",
    "http://push.example.com/a": "",
    "https://push.example.com:8443/a": "",
    "https://push.example.com:x/a": "",
    "https://push.example.com:99999/a": "",
    "https://user@push.example.com/a": "",
    "https://user:password@push.example.com/a": "",
    "https://push.example.com/a#b": "",
    "https://127.0.0.1/a": "",
    "https://10.0.0.8/a": "",
    "https://169.254.169.254/latest/meta-data": "",
    "https://[::1]/a": "",
    "https://[::ffff:10.0.0.1]/a": "",
    "https://2130706433/a": "",
    "https://0x7f.0.0.1/a": "",
    "https://127.1/a": "",
    "https://localhost/a": "",
    "https://a.localhost/a": "",
    "https://metadata.internal/a": "",
    "https://printer.local/a": "",
    "https://push.example.com\\@10.0.0.8/a": "",
    "https://push.example.com /a": "",
    "https://push.example.com/a\r\nhost: x": "",
    "https://пример.example/a": "",
    "https://-a.example.com/a": "",
    "https://a..example.com/a": "",
    "https://push.example.com./a": "",
    "ftp://push.example.com/a": "",
    "push.example.com/a": "",
    "": "",
    "https://push.example.com/" + "a" * 1000: "",
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a5_an_endpoint_is_https_on_its_port_at_the_name_of_a_public_host(endpoint: str) -> None:
    assert host_of(endpoint) == ENDPOINTS[endpoint]


ADDRESSES = {
    PUBLIC: True,
    "2606:2800:220:1:248:1893:25c8:1946": True,
    **dict.fromkeys(("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"), False),
    **dict.fromkeys(("224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1"), False),
    **dict.fromkeys(
        ("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::", "ff02::1", "fd00:ec2::254"), False
    ),
    **dict.fromkeys(("", "push.example.com", "10.0.0", "fd00:ec2::254"), False),
    "::ffff:93.184.216.34": True,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a5_only_addresses_of_the_public_internet_are_reached(address: str) -> None:
    assert is_public_address(address) is ADDRESSES[address]


@pytest.mark.parametrize("addresses", [["10.0.0.8"], [PUBLIC, "10.0.0.8"], ["::1"], []])
def test_a5_a_name_that_leads_to_a_private_address_is_not_connected_to(service: PushService, addresses: list[str]) -> None:
    subscription, _ = subscribed(service)
    push = sender(service, resolve=lambda host: addresses)
    assert push.find_flaw(subscription.endpoint, subscription.p256dh) == "endpoint"
    assert send(push, subscription) is PushOutcome.FAILED
    assert service.connected == []


def test_a5_the_address_that_was_checked_is_the_one_that_is_connected_to(service: PushService) -> None:
    """A name that changes its address after the check (DNS rebinding) has no second look-up to change it for."""
    subscription, _ = subscribed(service)
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    push = sender(service, resolve=lambda host: next(answers))
    assert send(push, subscription) is PushOutcome.SENT
    assert service.connected == [(PUBLIC, 443)]
    assert send(push, subscription) is PushOutcome.FAILED
    assert len(service.connected) == 1


def test_a5_a_redirect_is_not_followed(service: PushService) -> None:
    subscription, browser = subscribed(service)
    service.redirect = "https://127.0.0.1/latest/meta-data"
    assert send(sender(service), subscription) is PushOutcome.FAILED
    assert (len(service.connected), browser.received) == (1, [])


def test_a5_a_push_service_that_drips_its_response_is_given_up(service: PushService) -> None:
    subscription, _ = subscribed(service)
    service.slow = 0.05
    began = time.monotonic()
    with mock.patch.object(web_push, "MAX_SECONDS", 0.3):
        assert send(sender(service), subscription) is PushOutcome.FAILED
    assert time.monotonic() - began < 3


def test_a5_a_certificate_of_another_host_or_of_an_unknown_authority_is_no_push_service(service: PushService) -> None:
    subscription, _ = subscribed(service)
    other = replace(subscription, endpoint=subscription.endpoint.replace(HOST, "other.example.com"))
    assert send(sender(service), other) is PushOutcome.FAILED
    assert send(sender(service, tls=None), subscription) is PushOutcome.FAILED


def test_a5_a_host_that_is_unknown_and_a_key_that_is_no_point_are_flaws(service: PushService) -> None:
    subscription, _ = subscribed(service)

    def unknown(host: str) -> list[str]:
        raise OSError

    assert sender(service).find_flaw(subscription.endpoint, subscription.p256dh) == ""
    assert sender(service, resolve=unknown).find_flaw(subscription.endpoint, subscription.p256dh) == "endpoint"
    assert sender(service).find_flaw(subscription.endpoint, "B" + "A" * 86) == "p256dh"


def test_a5_the_public_key_is_that_of_the_newest_key(service: PushService) -> None:
    key_id, public_key = sender(service).get_public_key()
    assert (key_id, len(to_bytes(public_key))) == ("k2", 65)
    assert encryption.is_public_key(public_key)


def test_a5_a_subscription_that_fails_for_days_is_deleted_and_one_that_works_again_stays() -> None:
    at = datetime.now(UTC)
    subscription = PushSubscription("user", f"https://{HOST}/a", "", "", "k1", at, 0)
    failing = subscription.after(PushOutcome.FAILED, at=at)
    assert failing is not None and failing.failing_since == at
    assert failing.after(PushOutcome.FAILED, at=at + timedelta(days=2)) == failing
    assert failing.after(PushOutcome.FAILED, at=at + timedelta(days=3)) is None
    assert failing.after(PushOutcome.SENT, at=at) == subscription
    assert subscription.after(PushOutcome.ENDED, at=at) is None
