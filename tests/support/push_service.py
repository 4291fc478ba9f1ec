"""A push service over HTTPS, as strict as a real one: it checks the sender, the headers and the encryption of each web push."""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

HOST = "push.example.com"
MAX_BODY = 4096
POLL_SECONDS = 0.01  # how long `shutdown` waits at most; by default half a second per test
MAX_TOKEN_LIFETIME = timedelta(hours=24)
CURVE = ec.SECP256R1()


def to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class PushDenied(Exception):
    """The status that the push service answers, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Browser:
    """One subscription: what the browser gave the platform, and what only the browser has.

    server_key: the key of the platform that it subscribed with.
    """

    server_key: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    received: list[Any] = field(default_factory=list)
    status: int = 201

    @property
    def p256dh(self) -> str:
        return to_text(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        return to_text(self.secret)

    def decrypt(self, body: bytes) -> bytes:
        """Return the text of a push, by RFC 8291. Raises: PushDenied."""
        if len(body) < 21 + 65 + 18 or body[20] != 65:
            raise PushDenied(400, "no header of aes128gcm")
        salt, size, sender = body[:16], int.from_bytes(body[16:20]), body[21:86]
        if not 18 <= size <= MAX_BODY or len(body) - 86 > size:
            raise PushDenied(400, "more than one record")
        try:
            shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        except ValueError:
            raise PushDenied(400, "no key of the sender") from None
        info = b"WebPush: info\x00" + to_bytes(self.p256dh) + sender
        secret = HKDF(hashes.SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        try:
            padded = AESGCM(key).decrypt(nonce, body[86:], None).rstrip(b"\x00")
        except InvalidTag:
            raise PushDenied(400, "not encrypted for this browser") from None
        if not padded.endswith(b"\x02"):
            raise PushDenied(400, "no end of the last record")
        return padded[:-1]


@dataclass
class PushService:
    """The service: its browsers by path, and where it runs on the loopback.

    slow: seconds between the bytes of a response. redirect: where it redirects every push to.
    """

    browsers: dict[str, Browser] = field(default_factory=dict)
    port: int = 0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    slow: float = 0
    redirect: str = ""
    denied: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    def add_browser(self, server_key: str) -> tuple[str, Browser]:
        """Return the endpoint of a new browser, and the browser."""
        browser = Browser(server_key)
        path = f"/v1/{to_text(os.urandom(12))}"
        self.browsers[path] = browser
        return f"https://{HOST}{path}", browser

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """Connect to the service, whatever public address its name was resolved to."""
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def accept(self, path: str, headers: Any, body: bytes) -> int:
        """Return the status of a push. Raises: PushDenied."""
        browser = self.browsers.get(path)
        if browser is None:
            raise PushDenied(404, "no such subscription")
        require_sender(headers.get("authorization", ""), browser.server_key)
        if not headers.get("ttl", "").isdecimal():
            raise PushDenied(400, "no TTL")
        if headers.get("content-encoding") != "aes128gcm" or headers.get("host") != HOST:
            raise PushDenied(400, "wrong content-encoding or host")
        if len(body) > MAX_BODY:
            raise PushDenied(413, "too long")
        text = browser.decrypt(body)
        if browser.status == 201:
            browser.received.append(json.loads(text))
        return browser.status


def require_sender(authorization: str, server_key: str) -> None:
    """Require the signature of the platform that the browser subscribed with, by RFC 8292. Raises: PushDenied."""
    scheme, _, rest = authorization.partition(" ")
    parameters = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "vapid" or parameters.keys() != {"t", "k"}:
        raise PushDenied(401, "no VAPID")
    if parameters["k"] != server_key:
        raise PushDenied(403, "another key than the browser subscribed with")
    signed, _, signature = parameters["t"].rpartition(".")
    header, claims = (json.loads(to_bytes(part)) for part in signed.split("."))
    r, s = (int.from_bytes(to_bytes(signature)[at : at + 32]) for at in (0, 32))
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, to_bytes(parameters["k"]))
        public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        raise PushDenied(403, "wrong signature") from None
    now, expires_at = datetime.now(UTC), datetime.fromtimestamp(claims["exp"], UTC)
    if header.get("alg") != "ES256" or claims.get("aud") != f"https://{HOST}":
        raise PushDenied(403, "wrong algorithm or audience")
    if not now < expires_at <= now + MAX_TOKEN_LIFETIME:
        raise PushDenied(403, "expired, or valid for more than a day")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise PushDenied(403, "no contact")


class _Server(ThreadingHTTPServer):
    """The HTTP server. stopped: ends the slow responses."""

    daemon_threads = True

    def __init__(self, service: PushService) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service, self.stopped = service, threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing: a client that closes a connection is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        service = self.server.service
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            status = 307 if service.redirect else service.accept(self.path, self.headers, body)
        except PushDenied as denied:
            status = denied.status
            service.denied.append(str(denied))
        if service.slow:
            self._respond_slowly(service.slow)
            return
        self.send_response(status)
        if service.redirect:
            self.send_header("location", service.redirect)
        self.send_header("content-length", "0")
        self.end_headers()

    def _respond_slowly(self, pause: float) -> None:
        for byte in b"HTTP/1.1 201 " + b"x" * 1000:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.stopped.wait(pause):
                return

    def log_message(self, format: str, *arguments: Any) -> None:
        """Write no log."""


@contextmanager
def running_push_service() -> Iterator[PushService]:
    """Run the service on the loopback, with a certificate of its host that its `tls` trusts."""
    service = PushService()
    server = _Server(service)
    context, service.tls = _tls()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    try:
        yield service
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()


def _tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of a server with a new certificate of the host, and that of a client that trusts it."""
    key, name = ec.generate_private_key(CURVE), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        server.load_cert_chain(file.name)
    return server, ssl.create_default_context(cadata=pem.decode())
