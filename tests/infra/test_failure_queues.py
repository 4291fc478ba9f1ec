"""Every queue of failures in a template is one that `make redrive` processes."""

from __future__ import annotations

from typing import Any

import pytest

from infra.redrive import DEAD_LETTER_SOURCES, FAILURES
from infra.stacks import template_of
from infra.templates import ALL, resources, template
from services import SERVICES
from services.shared.pictures.upload import MAX_TRIES


@pytest.mark.parametrize("name", SERVICES)
def test_redrive_knows_every_failure_queue_and_where_a_dead_letter_came_from(name: str) -> None:
    queues = resources(name, "SQS::Queue")
    sources = {
        f"{properties['RedrivePolicy']['deadLetterTargetArn']['Fn::GetAtt'].removesuffix('.Arn')}Url": f"{key}Url"
        for key, properties in queues.items()
        if "RedrivePolicy" in properties
    }
    assert sources.items() <= DEAD_LETTER_SOURCES.items()
    assert {f"{key}Url" for key in queues} == {*sources, *sources.values(), FAILURES}
    assert f"{{Value: !Ref {FAILURES.removesuffix('Url')}}}" in template_of(name)


def failure_queues_of(value: Any) -> set[str]:
    """Return the queues that a part of a template sends failures to: as `X.Arn` of a target, or as `X` in FAILURE_QUEUE."""
    if isinstance(value, list):
        return {queue for part in value for queue in failure_queues_of(part)}
    if not isinstance(value, dict):
        return set()
    found = {queue for part in value.values() for queue in failure_queues_of(part)}
    configured = {**value.get("DeadLetterConfig", {}), **value.get("DeadLetterQueue", {})}
    targets = [configured.get("Arn"), configured.get("TargetArn"), value.get("RedrivePolicy", {}).get("deadLetterTargetArn")]
    targets.append(value.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))
    found |= {target["Fn::GetAtt"].removesuffix(".Arn") for target in targets if target}
    return found | ({value["FAILURE_QUEUE"]["Ref"]} if "FAILURE_QUEUE" in value else set())


@pytest.mark.parametrize("name", ALL)
def test_redrive_processes_every_queue_that_a_template_sends_failures_to(name: str) -> None:
    """Targets of queues, rules and schedules, destinations of streams and functions, and what our code sets aside."""
    redriven = {*(output.removesuffix("Url") for output in DEAD_LETTER_SOURCES), FAILURES.removesuffix("Url")}
    assert failure_queues_of(template(name)["Resources"]) == redriven & resources(name, "SQS::Queue").keys()
    assert name in SERVICES or not resources(name, "SQS::Queue"), "redrive reads the outputs of services"


@pytest.mark.parametrize("service", ["circles", "chat", "commerce"])
def test_the_queue_of_uploads_gives_one_try_more_than_the_worker_needs_to_reject_one(service: str) -> None:
    queue = resources(service, "SQS::Queue")["PictureInbox"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_TRIES + 1
