"""The stand-in of web pushes: records what is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.chat.domain import PushOutcome, PushSubscription

PUBLIC_KEY = "BAECAwQ"


class FakeWebPush:
    """Push services that take everything.

    pushes: the payloads by endpoint. outcomes: what becomes of a push to an endpoint, if it is not sent.
    flaws: the field that is wrong, by endpoint.
    """

    def __init__(self) -> None:
        self.pushes: dict[str, list[dict[str, Any]]] = {}
        self.outcomes: dict[str, PushOutcome] = {}
        self.flaws: dict[str, str] = {}

    def get_public_key(self) -> tuple[str, str]:
        return "k1", PUBLIC_KEY

    def find_flaw(self, endpoint: str, p256dh: str) -> str:
        return self.flaws.get(endpoint, "")

    def send_all(self, pushes: Sequence[tuple[PushSubscription, bytes]], at: datetime) -> list[PushOutcome]:
        outcomes = []
        for subscription, payload in pushes:
            outcome = self.outcomes.get(subscription.endpoint, PushOutcome.SENT)
            if outcome is PushOutcome.SENT:
                self.pushes.setdefault(subscription.endpoint, []).append(json.loads(payload))
            outcomes.append(outcome)
        return outcomes
