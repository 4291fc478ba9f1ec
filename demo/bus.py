"""What went over the bus while the story was told: a queue of our own beside the services' inboxes."""

from __future__ import annotations

import json
from collections import Counter

from ulid import ULID

from infra.cloud import Cloud


class Tap:
    """Counts every event by its name."""

    def __init__(self, cloud: Cloud) -> None:
        name = f"tap-{str(ULID()).lower()}"
        self._sqs, self._events = cloud.client("sqs"), cloud.client("events")
        self._bus = cloud.outputs["platform"]["BusName"]
        self._rule = name
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": [{"prefix": "coterie."}]})
        self._events.put_rule(Name=name, EventBusName=self._bus, EventPattern=pattern)
        self._events.put_targets(Rule=name, EventBusName=self._bus, Targets=[{"Id": "tap", "Arn": arn}])

    def close(self) -> Counter[str]:
        """The events seen so far; the tap is gone afterwards."""
        seen: Counter[str] = Counter()
        while True:
            messages = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
            if not messages:
                break
            for message in messages:
                seen[json.loads(message["Body"])["detail-type"]] += 1
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        self._events.remove_targets(Rule=self._rule, EventBusName=self._bus, Ids=["tap"])
        self._events.delete_rule(Name=self._rule, EventBusName=self._bus)
        self._sqs.delete_queue(QueueUrl=self._url)
        return seen


def dead_letters(cloud: Cloud) -> int:
    """Messages in any dead-letter or failure queue of any service."""
    sqs = cloud.client("sqs")
    urls = [
        url for outputs in cloud.outputs.values() for name, url in outputs.items() if name.endswith(("DeadUrl", "FailedUrl"))
    ]
    attribute = "ApproximateNumberOfMessages"
    return sum(int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][attribute]) for url in urls)
