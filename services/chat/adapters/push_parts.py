"""Handing a part of a push to another invocation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from services.shared.kernel.observability import logger, record_metric

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class PushParts(Protocol):
    def hand_over(self, part: dict[str, Any]) -> None:
        """Let another function push a part, and do not wait for it. A part that is lost is read from the history."""
        ...


@dataclass(frozen=True, slots=True)
class LambdaPushParts:
    """Invokes a function asynchronously. client: returns the client, which only a large room needs."""

    function: str
    client: Callable[[], LambdaClient]

    def hand_over(self, part: dict[str, Any]) -> None:
        try:
            self.client().invoke(FunctionName=self.function, InvocationType="Event", Payload=json.dumps(part))
        except (BotoCoreError, ClientError) as error:
            logger().warning("a part of a push was not handed over", error_type=type(error).__name__)
            record_metric("PushPartsLost", 1)
