"""Browsers that get web pushes: where their push service is, and the keys that a push is encrypted for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from services.chat.settings import settings
from services.shared.kernel.ids import deterministic_id

MAX_ENDPOINT_LENGTH = 1000
HTTPS_PORT = 443
# A name with a dot and without an address: `1.2.3.4`, `[::1]`, `0x7f.1` and `localhost` are none.
HOST_NAME = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
INTERNAL = (".localhost", ".local", ".internal", ".arpa")
VISIBLE = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # no space, no control character, no backslash


class PushOutcome(StrEnum):
    """What became of a web push.

    sent: the push service has it. ended: the browser is not subscribed any more. failed: it can succeed later.
    """

    SENT = "sent"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """One browser of one user.

    endpoint: the address at its push service; who knows it can send to the browser. p256dh, auth: the browser's key and
    secret, as base64url. key_id: the key of the platform that the browser subscribed with.
    signed_in_at: of the sign-in that it belongs to, in seconds since 1970.
    failing_since: the first of the pushes that failed since the last that was sent; None if that one was.
    """

    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    key_id: str
    created_at: datetime
    signed_in_at: int
    failing_since: datetime | None = None

    @property
    def id(self) -> str:
        return subscription_id(self.endpoint)

    @property
    def host(self) -> str:
        return host_of(self.endpoint)

    def after(self, outcome: PushOutcome, *, at: datetime) -> PushSubscription | None:
        """Return it after a push; None if it is to be deleted: it ended, or has failed for `push_failure_period`."""
        if outcome is PushOutcome.SENT:
            return replace(self, failing_since=None)
        since = self.failing_since or at
        has_failed = outcome is PushOutcome.ENDED or at - since >= settings().push_failure_period
        return None if has_failed else replace(self, failing_since=since)


def subscription_id(endpoint: str) -> str:
    """Return the id of a subscription: the same for each subscription of one browser."""
    return deterministic_id("psh", 0, endpoint)


def host_of(endpoint: str) -> str:
    """Return the host of an address that a web push can be sent to; empty if the address is none.

    It is https on its usual port, with the name of a public host, and without user and password. Whether the name leads to a
    public address is checked where it is resolved.
    """
    if len(endpoint) > MAX_ENDPOINT_LENGTH or not VISIBLE.fullmatch(endpoint):
        return ""
    try:
        parts = urlsplit(endpoint)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return ""
    is_plain = parts.scheme == "https" and "@" not in parts.netloc and not parts.fragment
    is_public_name = HOST_NAME.fullmatch(host) is not None and not host.endswith(INTERNAL)
    return host if is_plain and is_public_name and port in (None, HTTPS_PORT) else ""
