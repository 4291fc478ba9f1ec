"""Sending web pushes to the push services of browsers, whose addresses users choose.

So each request could be made to reach a host that only the platform reaches. It goes to an address that was just resolved and
found public, without another look-up in between; it follows no redirect, and reads little of the response, in a short time.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Timer
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from services.chat.domain import PushOutcome, PushSubscription
from services.chat.domain.push_subscription import HTTPS_PORT, host_of
from services.chat.settings import settings
from services.shared.kernel.observability import logger
from services.shared.security.keys import KeyRing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MAX_PARALLEL_PUSHES = 16
CONNECT_SECONDS, MAX_SECONDS = 2.0, 5.0
MAX_RESPONSE_BYTES = 4096
ENDED = (404, 410)
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # leads to an IPv4 address, which can be a private one
Push = tuple[PushSubscription, bytes]
Resolve = Callable[[str], Sequence[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]


class WebPush(Protocol):
    def get_public_key(self) -> tuple[str, str]:
        """Return the id and the public part of the newest key, which browsers subscribe with."""
        ...

    def find_flaw(self, endpoint: str, p256dh: str) -> str:
        """Return the field of a subscription to which no push can be sent; empty if there is none."""
        ...

    def send_all(self, pushes: Sequence[Push], at: datetime) -> list[PushOutcome]:
        """Send pushes in parallel, and return what became of each."""
        ...


def resolve_host(host: str) -> list[str]:
    found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def is_public_address(text: str) -> bool:
    """Whether an address is of the public internet, also behind the forms of IPv6 that contain one of IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public_address(str(address.ipv4_mapped))
        if address.sixtofour or address.teredo or address in TRANSLATED:
            return False
    return address.is_global and not address.is_multicast


@dataclass(frozen=True, slots=True)
class HttpWebPush:
    """Web pushes over HTTPS. keys: of the platform. contact: where a push service writes to the operator.

    resolve, connect, tls: replaced in tests.
    """

    keys: KeyRing
    contact: str
    resolve: Resolve = resolve_host
    connect: Connect = socket.create_connection
    tls: ssl.SSLContext | None = None
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(MAX_PARALLEL_PUSHES))

    def get_public_key(self) -> tuple[str, str]:
        from services.chat.adapters import push_encryption as encryption

        return self.keys.current, encryption.encode(encryption.public_key_of(self._private_key(self.keys.current)))

    def find_flaw(self, endpoint: str, p256dh: str) -> str:
        from services.chat.adapters import push_encryption as encryption

        if not encryption.is_public_key(p256dh):
            return "p256dh"
        return "" if self._find_address(host_of(endpoint)) else "endpoint"

    def send_all(self, pushes: Sequence[Push], at: datetime) -> list[PushOutcome]:
        return list(self.threads.map(lambda push: self._send(push[0], push[1], at), pushes))

    def _send(self, subscription: PushSubscription, payload: bytes, at: datetime) -> PushOutcome:
        try:
            status = self._post(subscription, payload, at)
        except Exception as error:  # noqa: BLE001 (a push service of a user's choice must not stop the pushes of others)
            logger().warning("web push failed", host=subscription.host, error_type=type(error).__name__)
            return PushOutcome.FAILED
        if 200 <= status < 300:
            return PushOutcome.SENT
        if status in ENDED:
            return PushOutcome.ENDED
        logger().warning("web push failed", host=subscription.host, status=status)
        return PushOutcome.FAILED

    def _post(self, subscription: PushSubscription, payload: bytes, at: datetime) -> int:
        """Return the status of the push service, or 0 if its name leads to an address that is not public."""
        from services.chat.adapters import push_encryption as encryption

        host = host_of(subscription.endpoint)
        address = self._find_address(host)
        if not address or subscription.key_id not in self.keys.keys:
            return 0
        headers = {
            "authorization": encryption.authorization(self._private_key(subscription.key_id), host, self.contact, at),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "host": host,
            "ttl": str(int(settings().push_lifetime.total_seconds())),
            "urgency": "normal",
        }
        body = encryption.encrypt(payload, subscription.p256dh, subscription.auth)
        parts = urlsplit(subscription.endpoint)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self._request(address, host, path, headers, body)

    def _request(self, address: str, host: str, path: str, headers: dict[str, str], body: bytes) -> int:
        """Send the request to exactly this address, with a certificate of the host, and return the status.

        After the deadline the connection is shut down: a service that sends a byte now and then would pass any other limit.
        """
        context = self.tls or ssl.create_default_context()
        connection = self.connect((address, HTTPS_PORT), CONNECT_SECONDS)
        with context.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False) as secured:
            deadline = Timer(MAX_SECONDS, secured.shutdown, [socket.SHUT_RDWR])
            deadline.start()
            try:
                secured.do_handshake()
                request = http.client.HTTPConnection(host)
                request.sock = secured
                request.request("POST", path, body, headers)
                response = request.getresponse()  # follows no redirect, and reads at most 100 headers
                response.read(MAX_RESPONSE_BYTES)
                return response.status
            finally:
                deadline.cancel()

    def _find_address(self, host: str) -> str:
        """Return an address of a host, if each of its addresses is public; empty otherwise."""
        if not host:
            return ""
        try:
            addresses = self.resolve(host)
        except OSError:
            return ""
        return addresses[0] if addresses and all(map(is_public_address, addresses)) else ""

    def _private_key(self, key_id: str) -> EllipticCurvePrivateKey:
        from services.chat.adapters import push_encryption as encryption

        return encryption.private_key_of(self.keys.keys[key_id])
