"""The events on the bus during the scenario, counted in a queue beside the services' inbox queues."""

from __future__ import annotations

import json
import time
from collections import Counter

from ulid import ULID

from infra.cloud import Cloud

POLL_SECONDS = 2  # long polling: an empty response means that no event came for this long


class EventCounter:
    """Counts every event on the bus by its name, from its creation to `close`."""

    def __init__(self, cloud: Cloud) -> None:
        name = f"demo-{str(ULID()).lower()}"
        self._sqs, self._events = cloud.client("sqs"), cloud.client("events")
        self._bus = cloud.outputs["platform"]["BusName"]
        self._rule = name
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": [{"prefix": "coterie."}]})
        self._events.put_rule(Name=name, EventBusName=self._bus, EventPattern=pattern)
        self._events.put_targets(Rule=name, EventBusName=self._bus, Targets=[{"Id": "demo", "Arn": arn}])

    def count(self, expected: Counter[str], seconds: float) -> Counter[str]:
        """Wait until all expected events have arrived and no more follow, or until `seconds` have passed.

        The relay publishes asynchronously, so an empty queue alone does not mean that every event has arrived.
        """
        counted: Counter[str] = Counter()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            names = self._receive()
            counted.update(names)
            if not names and counted >= expected:
                break
        return counted

    def close(self) -> None:
        self._events.remove_targets(Rule=self._rule, EventBusName=self._bus, Ids=["demo"])
        self._events.delete_rule(Name=self._rule, EventBusName=self._bus)
        self._sqs.delete_queue(QueueUrl=self._url)

    def _receive(self) -> list[str]:
        response = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=POLL_SECONDS)
        messages = response.get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["detail-type"] for message in messages]


def count_failed_messages(cloud: Cloud) -> int:
    """Count the messages in the dead-letter and failure queues of all services."""
    sqs = cloud.client("sqs")
    urls = [
        url for outputs in cloud.outputs.values() for name, url in outputs.items() if name.endswith(("DeadUrl", "FailedUrl"))
    ]
    attribute = "ApproximateNumberOfMessages"
    return sum(int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][attribute]) for url in urls)
