"""Posts to connections: signed, many at once, over kept connections, each within its time."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.chat.adapters import posting
from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.sockets import GatewaySockets
from tests.support.socket_gateway import socket_gateway

pytestmark = pytest.mark.enable_socket
FRAME = {"type": "messages", "text": "观鸟"}


def post(sockets: GatewaySockets, *names: str) -> set[str]:
    return sockets.post_all(dict.fromkeys(names, FRAME))


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    recorded: dict[str, float] = {}
    monkeypatch.setattr("services.chat.adapters.sockets.record_metric", recorded.__setitem__)
    return recorded


def test_h15_posts_are_signed_and_disconnected_connections_are_returned(metrics: dict[str, float]) -> None:
    with socket_gateway() as (sockets, server):
        assert post(sockets, "a=", "b/", "gone") == {"gone"}
        sockets.close("a=")
    assert server.bodies == {"a=": b"", "b/": '{"type":"messages","text":"观鸟"}'.encode(), "gone": server.bodies["b/"]}
    assert all(each.startswith("AWS4-HMAC-SHA256 Credential=key/") for each in server.authorizations.values())
    assert metrics == {}


def test_h15_each_connection_gets_its_own_frame() -> None:
    with socket_gateway() as (sockets, server):
        sockets.post_all({"a": {"n": 1}, "b": {"n": 2}, "c": {"n": 1}})
    assert server.bodies == {"a": b'{"n":1}', "b": b'{"n":2}', "c": b'{"n":1}'}


def test_h15_slow_receivers_delay_no_other_receiver(metrics: dict[str, float]) -> None:
    """More slow receivers than there are connections at the beginning."""
    slow, live = [f"slow-{number}" for number in range(80)], [f"live-{number}" for number in range(40)]
    with socket_gateway() as (sockets, server):
        began_at = time.monotonic()
        assert post(sockets, *slow, *live) == set()
        assert time.monotonic() - began_at < 2.9
    assert set(live) <= set(server.arrived)
    assert max(server.arrived[name] for name in live) - began_at < 1.0
    assert metrics == {"PushesWithoutResponse": 80}


def test_h15_a_call_ends_in_time_however_many_are_slow(monkeypatch: pytest.MonkeyPatch, metrics: dict[str, float]) -> None:
    monkeypatch.setattr(posting, "CALL_SECONDS", 0.5)
    with socket_gateway() as (sockets, _):
        began_at = time.monotonic()
        post(sockets, *(f"slow-{number}" for number in range(300)))
        assert time.monotonic() - began_at < 1.5
        assert post(sockets, "live", "gone") == {"gone"}, "the next call begins anew"
    assert metrics == {"PushesWithoutResponse": 300}


def test_h15_connections_are_kept_over_calls() -> None:
    with socket_gateway() as (sockets, server):
        for _ in range(3):
            post(sockets, *(f"live-{number}" for number in range(20)))
    assert len(server.ports) == 60
    assert len(set(server.ports)) <= 6, "one connection per 4 posts"


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_h15_a_connection_that_the_server_closed_is_replaced(seconds: float, metrics: dict[str, float]) -> None:
    """At once, so that the close is noticed when the next request was sent; or noticed before it."""
    names = [f"live-{number}" for number in range(20)]
    with socket_gateway() as (sockets, server):
        post(sockets, *names)
        server.close_connections()
        time.sleep(seconds)
        post(sockets, *names)
        assert {server.times[name] for name in names} == {2}
        post(sockets, "last-1")
        time.sleep(seconds)
        post(sockets, "last-2", "last-3")
    assert (server.times["last-2"], server.times["last-3"], metrics) == (1, 1, {})


def test_h15_a_post_that_is_cut_is_sent_once_more_at_most(metrics: dict[str, float]) -> None:
    with socket_gateway() as (sockets, server):
        post(sockets, "live-1")
        post(sockets, "cut-1")
    assert server.times["cut-1"] <= 2
    assert metrics == {"PushesWithoutResponse": 1}


def test_h15_a_throttled_post_is_sent_once_more_and_losses_are_counted_by_reason(metrics: dict[str, float]) -> None:
    with socket_gateway() as (sockets, server):
        assert post(sockets, "once-1", "busy-1", "forbidden-1", "forbidden-2", "broken-1", "odd-1", "live-1") == set()
    assert (server.times["once-1"], server.times["busy-1"], server.times["broken-1"]) == (2, 2, 1)
    expected = {"PushesThrottled": 1, "PushesForbidden": 2, "PushesFailed": 1, "PushesWithoutResponse": 1}
    assert metrics == expected


def test_h15_an_endpoint_that_is_not_reached_loses_the_posts_alone(metrics: dict[str, float]) -> None:
    with socket_gateway() as (_, server):
        port = server.server_port
    from botocore.credentials import Credentials

    for address in (f"http://127.0.0.1:{port}/live", "http://gateway.invalid/live"):
        sockets = GatewaySockets(Endpoint(address), "us-east-1", Credentials("key", "secret"))
        assert post(sockets, *(f"live-{number}" for number in range(2000))) == set()
        assert metrics == {"PushesWithoutResponse": 2000}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost`, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names: list[Any] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def test_h15_posts_over_tls_name_the_host_and_keep_the_connection(certificate: Path, metrics: dict[str, float]) -> None:
    server_names: list[str | None] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.sni_callback = lambda socket, name, context: server_names.append(name)
    with socket_gateway(tls, ssl.create_default_context(cafile=str(certificate)), "localhost") as (sockets, server):
        for _ in range(2):
            assert post(sockets, "live-1", "live-2", "gone") == {"gone"}
        big = {"text": "x" * 30_000}
        sockets.post_all({"live-3": big})
    assert len(server.bodies["live-3"]) > 30_000
    assert (set(server_names), len(set(server.ports)), metrics) == ({"localhost"}, 1, {})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_h15_nothing_is_posted_to_a_server_without_the_right_certificate(
    certificate: Path, metrics: dict[str, float], host: str
) -> None:
    """One is valid for another name, the other is of an issuer that is not trusted."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate)) if host == "127.0.0.1" else None
    with socket_gateway(tls, trusted, host) as (sockets, server):
        post(sockets, "live-1")
    assert (server.bodies, metrics) == ({}, {"PushesWithoutResponse": 1})
