"""How the sandbox delivers its webhooks: signed, repeated until they are accepted, and as unreliably as its behavior says."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.commerce.adapters.payments import sign_webhook

MAX_TRIES = 8


@dataclass
class Behavior:
    """How webhooks are delivered, the keys that sign, and what else can be set.

    secret, verifier_secret: the keys of webhooks and of real-name statements, in base64.
    next_secret: the key that replaces `secret`; while it is set, both sign.
    repeat: how often each webhook is delivered. delay: seconds before each delivery.
    hold: keep webhooks back until the next `flush`; shuffle: deliver those in random order.
    return_origins: where a buyer can return to from the page, such as `https://app.example`.
    fails: which of `refund` and `payout` fail by an event.
    """

    webhook_url: str = ""
    secret: str = ""
    next_secret: str = ""
    repeat: int = 1
    delay: float = 0
    shuffle: bool = False
    hold: bool = False
    verifier_secret: str = ""
    return_origins: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)


class Webhooks:
    """The webhooks of a sandbox.

    waiting: those that are held back. deliveries: the status of each delivery, 0 without a response.
    """

    def __init__(self) -> None:
        self.behavior = Behavior()
        self.waiting: list[dict[str, Any]] = []
        self.deliveries: list[int] = []

    def send(self, webhook: dict[str, Any]) -> None:
        copies = [webhook] * self.behavior.repeat
        if self.behavior.hold:
            self.waiting += copies
            return
        for copy in copies:
            threading.Thread(target=self._deliver, args=(copy,), daemon=True).start()

    def configure(self, changes: dict[str, Any]) -> list[dict[str, Any]]:
        """Change the behavior, and return what `flush` lets go."""
        flush = changes.pop("flush", False)
        self.behavior = Behavior(**{**asdict(self.behavior), **changes})
        due, self.waiting = (self.waiting, []) if flush else ([], self.waiting)
        if self.behavior.shuffle:
            random.shuffle(due)
        return due

    def deliver_all(self, due: list[dict[str, Any]]) -> None:
        for webhook in due:
            self._deliver(webhook)

    def _deliver(self, webhook: dict[str, Any]) -> None:
        """Deliver until the receiver returns success, with a new signature and a longer pause each time."""
        time.sleep(self.behavior.delay)
        raw = json.dumps(webhook).encode()
        for attempt in range(MAX_TRIES):
            headers = {"content-type": "application/json", "provider-signature": self.sign(raw)}
            request = urllib.request.Request(self.behavior.webhook_url, data=raw, headers=headers, method="POST")
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    self.deliveries.append(response.status)
                    return
            except (urllib.error.URLError, OSError) as error:
                self.deliveries.append(getattr(error, "code", 0))
            time.sleep(0.2 * 2**attempt)

    def sign(self, raw: bytes) -> str:
        """Return the signature by the key, and by the next one while the key is being replaced."""
        at, keys = datetime.now(UTC), [self.behavior.secret, self.behavior.next_secret]
        first, *others = (sign_webhook(base64.b64decode(key), raw, at) for key in keys if key)
        return ",".join([first, *(other.partition(",")[2] for other in others)])
