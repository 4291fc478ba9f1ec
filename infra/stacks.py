"""CloudFormation stacks: create or update one by a change set, with progress and readable failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

Outputs = dict[str, str]
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_TIMEOUT = 1800.0  # seconds; an index of a full table, the slowest resource, takes minutes


class DeployFailed(Exception):
    """A stack could not be created or updated; the message names the resources, the reasons and the next step."""


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short tags (`!Ref x`) as `{"Ref": "x"}`."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_tag)


def template_of(name: str) -> str:
    """Return the text of infra/NAME.yaml."""
    return (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")


def parsed(text: str) -> dict[str, Any]:
    """Parse the text of a template."""
    data = yaml.load(text, _Loader)  # a safe loader, in C, that knows one more kind of tag
    assert isinstance(data, dict)
    return data


def apply(
    cloudformation: CloudFormationClient,
    stack: str,
    template: str,
    given: Mapping[str, str],
    report: Callable[[str], None] = print,
) -> Outputs:
    """Create or update `stack` and return its outputs.

    given: parameter values; those that the template does not declare are ignored. Other parameters keep their values.
    Raises: DeployFailed.
    """
    kind = _kind(cloudformation, stack)
    change = f"deploy-{time.time_ns()}"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=change,
        ChangeSetType=kind,  # type: ignore[arg-type]
        TemplateBody=template,
        Parameters=_parameters(template, given, _declared(cloudformation, stack, kind)),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    if _changes(cloudformation, stack, change):
        cloudformation.execute_change_set(StackName=stack, ChangeSetName=change)
        _wait(cloudformation, stack, len(parsed(template)["Resources"]), report)
    else:
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=change)
        report(f"{stack}: nothing to change")
    return outputs_of(cloudformation, stack)


def outputs_of(cloudformation: CloudFormationClient, stack: str) -> Outputs:
    """Return the outputs of a deployed stack."""
    description = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}


def _kind(cloudformation: CloudFormationClient, stack: str) -> str:
    """Return CREATE or UPDATE. Raises DeployFailed for a stack whose creation failed, which can do neither."""
    try:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return "CREATE"
        raise
    if status == "ROLLBACK_COMPLETE":
        raise DeployFailed(
            f"The creation of {stack} failed, and the stack is empty (ROLLBACK_COMPLETE). "
            f"Delete it with `aws cloudformation delete-stack --stack-name {stack}` and deploy again."
        )
    return "CREATE" if status == "REVIEW_IN_PROGRESS" else "UPDATE"


def _declared(cloudformation: CloudFormationClient, stack: str, kind: str) -> set[str]:
    """Return the parameters that already have a value."""
    if kind == "CREATE":
        return set()
    description = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {parameter["ParameterKey"] for parameter in description.get("Parameters", [])}


def _parameters(template: str, given: Mapping[str, str], before: set[str]) -> list[ParameterTypeDef]:
    """Return the parameters of a change set. A parameter that is not given keeps the value an operator set before."""
    declared = parsed(template)["Parameters"]
    chosen: list[ParameterTypeDef] = [
        {"ParameterKey": name, "ParameterValue": given[name]} for name in declared if name in given
    ]
    previous: list[ParameterTypeDef] = [
        {"ParameterKey": name, "UsePreviousValue": True} for name in declared if name not in given and name in before
    ]
    return chosen + previous


def _changes(cloudformation: CloudFormationClient, stack: str, change: str) -> bool:
    """Wait for the change set and return whether it contains changes."""
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        change_set = cloudformation.describe_change_set(StackName=stack, ChangeSetName=change)
        if change_set["Status"] == "CREATE_COMPLETE":
            return True
        if change_set["Status"] == "FAILED":
            reason = change_set.get("StatusReason", "no reason given")
            if any(text in reason for text in _NO_CHANGES):
                return False
            raise DeployFailed(f"{stack}: CloudFormation rejected the change set: {reason}")
        time.sleep(_pause(cloudformation))
    raise DeployFailed(f"{stack}: the change set was not ready after {_TIMEOUT / 60:.0f} minutes; see the console")


def _wait(cloudformation: CloudFormationClient, stack: str, total: int, report: Callable[[str], None]) -> None:
    deadline, last = time.monotonic() + _TIMEOUT, ""
    while time.monotonic() < deadline:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                raise DeployFailed(_failure(cloudformation, stack, status))
            report(f"{stack}: ready ({total} resources)")
            return
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        line = f"{stack}: {sum(r['ResourceStatus'].endswith('_COMPLETE') for r in resources)} of about {total} resources"
        if line != last:
            report(line)
            last = line
        time.sleep(_pause(cloudformation))
    raise DeployFailed(f"{stack}: not complete after {_TIMEOUT / 60:.0f} minutes. AWS continues the update; deploy again later")


def _failure(cloudformation: CloudFormationClient, stack: str, status: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = []
    for event in events:  # newest first: stop at the event that started this attempt
        if event.get("ResourceStatusReason") == "User Initiated":
            break
        reason = event.get("ResourceStatusReason", "")
        if event.get("ResourceStatus", "").endswith("FAILED") and "cancelled" not in reason:
            reasons.append(f"  {event.get('LogicalResourceId')} ({event.get('ResourceType')}): {reason}")
    reported = "\n".join(reversed(reasons)) or "  no resource gave a reason"
    return f"{stack} ended as {status}:\n{reported}\nThe stack keeps its previous state. Fix the cause and deploy again."


def _pause(cloudformation: CloudFormationClient) -> float:
    """Return the seconds between two requests: AWS throttles frequent requests, a laptop cloud does not."""
    return 2.0 if "amazonaws" in cloudformation.meta.endpoint_url else 0.05
