"""Rules that the templates of all stacks follow."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build import ROOT
from infra.stacks import template_of
from infra.templates import ALL, as_list, resources, statements, template, text
from services import SERVICES

ALLOWED_WILDCARDS = (
    "/stream/*",
    "/@connections/*",
    "${Pictures.Arn}/raw/*",
    "${Pictures.Arn}/shown/*",
    "${Pictures.Arn}/thumb/*",
    "${Pictures.Arn}/taken_down/*",
    "${Pictures.Arn}/taken_down/shown/avatars/*",
    "s3:::${ArchiveName}/",
    "${EvidenceArn}/",
    "${ExportsArn}/",
    "${Facts.Arn}/facts/*",
)
MULTIVALUED_KEYS = {"events:source", "events:detail-type", "dynamodb:LeadingKeys", "dynamodb:Attributes"}
WITH_RELAY = [name for name in SERVICES if resources(name, "Lambda::EventSourceMapping") and "relay" in template_of(name)]


def test_cfn_lint_reports_nothing() -> None:
    files = [str(ROOT / "infra" / f"{name}.yaml") for name in ALL]
    done = subprocess.run([Path(sys.executable).with_name("cfn-lint"), *files], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("name", SERVICES)
def test_a_template_fits_into_one_request(name: str) -> None:
    assert len(template_of(name).encode()) < 51_200


@pytest.mark.parametrize("name", SERVICES)
def test_data_is_retained_encrypted_and_restorable(name: str) -> None:
    table = template(name)["Resources"]["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == {"Ref": "Keep"}
    assert template(name)["Parameters"]["Keep"]["Default"] == "Retain"
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["RetainData", True, False]}
    assert properties["SSESpecification"]["SSEEnabled"]
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


@pytest.mark.parametrize("name", SERVICES)
def test_an_index_never_projects_pending_events(name: str) -> None:
    for index in resources(name, "DynamoDB::Table")["Table"].get("GlobalSecondaryIndexes", []):
        assert index["Projection"]["ProjectionType"] != "ALL"
        assert "outbox" not in index["Projection"].get("NonKeyAttributes", [])


@pytest.mark.parametrize("name", SERVICES)
def test_every_queue_has_a_dead_letter_queue_or_is_one(name: str) -> None:
    queues = resources(name, "SQS::Queue")
    failure_queues = {key for key in queues if key.endswith(("Dead", "Failed"))}
    for key, properties in queues.items():
        if key in failure_queues:
            assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600
        else:
            target, attribute = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"].split(".")
            assert (target in failure_queues, attribute) == (True, "Arn")
    assert {f"{key}Url" for key in queues} <= template(name)["Outputs"].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_every_failure_queue_stream_and_function_has_an_alarm(name: str) -> None:
    watched = template_of("watch")
    for properties in (*resources(name, "SQS::Queue").values(), *resources(name, "Serverless::Function").values()):
        own = (properties.get("QueueName") or properties["FunctionName"])["Fn::Sub"].removeprefix("coterie-${Stage}-")
        assert own in watched or own.endswith("-inbox")


def test_server_errors_of_the_http_api_have_an_alarm() -> None:
    alarm = resources("watch", "CloudWatch::Alarm")["ServerErrors"]
    assert (alarm["MetricName"], alarm["Dimensions"]) == ("5xx", [{"Name": "ApiId", "Value": {"Ref": "HttpApiId"}}])


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_is_used(name: str) -> None:
    """cfn-lint does not report an unused parameter in these templates."""
    used = text({section: content for section, content in template(name).items() if section != "Parameters"})
    unused = [key for key in template(name)["Parameters"] if not re.search(rf'"(Ref|Fn::Sub)": "{key}"|\$\{{{key}\}}', used)]
    assert unused == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_function_logs_to_a_group_with_a_retention_period(name: str) -> None:
    groups = resources(name, "Logs::LogGroup")
    assert all(group["RetentionInDays"] == {"Ref": "LogDays"} for group in groups.values())
    for properties in resources(name, "Serverless::Function").values():
        assert properties["LoggingConfig"]["LogGroup"]["Ref"] in groups


@pytest.mark.parametrize("name", SERVICES)
def test_no_policy_has_a_wildcard_on_data(name: str) -> None:
    for owner, statement in statements(name):
        assert not any("*" in action for action in as_list(statement["Action"])), (owner, statement)
        for resource in as_list(statement["Resource"]):
            assert resource != "*"
            assert "*" not in text(resource) or any(shape in text(resource) for shape in ALLOWED_WILDCARDS), (owner, resource)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_access_only_its_own_data(name: str) -> None:
    for _, statement in statements(name):
        if "dynamodb" in text(statement["Action"]):
            assert all("Table.Arn" in text(resource) for resource in as_list(statement["Resource"]))
        if "ssm" in text(statement["Action"]):
            # Read grants are signed by review, and cards are signed for commerce.
            rings = (f"{name}/keys/", "review/keys/grants", "commerce/keys/attribution")
            own = [f"parameter/coterie/${{Stage}}/{ring}" for ring in rings]
            assert all(any(path in text(one) for path in own) for one in as_list(statement["Resource"]))
        if "ArchiveName" in text(statement["Resource"]):
            assert statement["Action"] == "s3:ListBucketVersions" or text(statement["Resource"]).endswith(f'/{name}/*"}}')


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_relay_publishes_and_only_under_the_services_own_name(name: str) -> None:
    publishing = [
        (owner, statement) for owner, statement in statements(name) if "events:PutEvents" in as_list(statement["Action"])
    ]
    assert [owner for owner, _ in publishing] == (["Relay"] if name in WITH_RELAY else [])
    for _, statement in publishing:
        assert statement["Condition"] == {"ForAllValues:StringEquals": {"events:source": [f"coterie.{name}"]}}
        assert statement["Resource"] == {"Ref": "BusArn"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_condition_on_a_key_with_several_values_tests_every_value(name: str) -> None:
    """IAM compares such a key only by a set operator. ForAllValues is also true for a request without the key."""
    for owner, statement in statements(name):
        for operator, tested in statement.get("Condition", {}).items():
            assert all(operator.startswith("ForAllValues:") is (key in MULTIVALUED_KEYS) for key in tested), (owner, operator)


@pytest.mark.parametrize("name", SERVICES)
def test_streams_and_queues_report_failed_items(name: str) -> None:
    mappings = resources(name, "Lambda::EventSourceMapping")
    streams = [mapping for mapping in mappings.values() if "StreamArn" in text(mapping["EventSourceArn"])]
    assert len(streams) <= 2, "a stream serves two consumers; a third one throttles all"
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for stream in streams:
        # A retry must start at the same record, or a group of changes is counted twice. Nothing else depends on groups.
        aggregates_groups = name == "circles" and "OnChange" in text(stream["FunctionName"])
        assert stream.get("BisectBatchOnFunctionError", False) is not aggregates_groups
        assert stream["MaximumRecordAgeInSeconds"] < 24 * 3600
        assert 0 < stream["MaximumRetryAttempts"] <= 10, "a record that kills the function must not block the stream for hours"
        assert stream["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": "Failed.Arn"}}}
        for criterion in stream["FilterCriteria"]["Filters"]:
            pattern = json.loads(criterion["Pattern"])
            assert {"dynamodb"} <= pattern.keys() <= {"dynamodb", "eventName"}, "AWS filters by these keys only"
            assert all(isinstance(leaf, list) for leaf in _leaves(pattern))


@pytest.mark.parametrize("name", SERVICES)
def test_every_handler_is_a_function_of_a_handler_module(name: str) -> None:
    for properties in resources(name, "Serverless::Function").values():
        module, _, function = properties["Handler"].rpartition(".")
        assert module.removeprefix(f"services.{name}.") in ("app", "inbox", "workers", "picture_worker")
        path = ROOT / module.replace(".", "/")
        sources = path.glob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        text = "".join(source.read_text(encoding="utf-8") for source in sources)
        assert f"\ndef {function}(" in text or f"\n{function} = " in text, properties["Handler"]


@pytest.mark.parametrize("name", SERVICES)
def test_an_inbox_queue_accepts_messages_only_from_its_own_rules(name: str) -> None:
    rules = resources(name, "Events::Rule")
    for policy in resources(name, "SQS::QueuePolicy").values():
        if "PictureInbox" in text(policy["Queues"]):
            continue  # naming the bucket would be a circular reference
        for statement in policy["PolicyDocument"]["Statement"]:
            allowed = {source["Fn::GetAtt"] for source in as_list(statement["Condition"]["ArnEquals"]["aws:SourceArn"])}
            inbox, dead = (arn["Fn::GetAtt"] for arn in statement["Resource"])
            assert (inbox, dead) in {("Inbox.Arn", "InboxDead.Arn"), ("FactsInbox.Arn", "FactsDead.Arn")}
            targeting = {rule for rule, one in rules.items() if one["Targets"][0]["Arn"] == {"Fn::GetAtt": inbox}}
            assert allowed == {f"{rule}.Arn" for rule in targeting}
    for rule in rules.values():
        (target,) = rule["Targets"]
        dead = "FactsDead.Arn" if target["Id"] == "facts" else "InboxDead.Arn"
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": dead}}


@pytest.mark.parametrize("name", SERVICES)
def test_every_function_that_sets_aside_can_send_to_its_failure_queue_and_to_no_other(name: str) -> None:
    functions = resources(name, "Serverless::Function")
    for mapping in resources(name, "Lambda::EventSourceMapping").values():
        function = mapping["FunctionName"]["Fn::GetAtt"].removesuffix(".Arn")
        if function == "OnPicture":
            continue  # its messages are not parsed by our contract; a failed one is retried
        queue = {"OnInbox": "InboxDead", "OnFacts": "FactsDead"}.get(function, "Failed")
        assert functions[function]["Environment"]["Variables"]["FAILURE_QUEUE"] == {"Ref": queue}
        sending = [one for owner, one in statements(name) if owner == function and "sqs:SendMessage" in as_list(one["Action"])]
        assert [one["Resource"] for one in sending] == [{"Fn::GetAtt": f"{queue}.Arn"}]


@pytest.mark.parametrize("name", SERVICES)
def test_a_scheduled_run_that_fails_goes_to_the_failure_queue(name: str) -> None:
    """The scheduler sends there what it could not hand to the function, Lambda what failed in the function."""
    failed = {"Fn::GetAtt": "Failed.Arn"}
    scheduled = set()
    for schedule in resources(name, "Scheduler::Schedule").values():
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": failed}
        scheduled.add(schedule["Target"]["Arn"]["Fn::GetAtt"].removesuffix(".Arn"))
    configured = [
        one for one in resources(name, "Lambda::EventInvokeConfig").values() if one["FunctionName"]["Ref"] != "OnPush"
    ]
    assert {config["FunctionName"]["Ref"] for config in configured} == scheduled
    assert all(config["DestinationConfig"] == {"OnFailure": {"Destination": failed}} for config in configured)
    allowed = {owner for owner, one in statements(name) if one["Resource"] == failed and one["Action"] == "sqs:SendMessage"}
    assert scheduled <= allowed


def test_h3_a_part_of_a_push_that_fails_twice_is_lost_and_not_redriven() -> None:
    (config,) = (
        one for one in resources("chat", "Lambda::EventInvokeConfig").values() if one["FunctionName"] == {"Ref": "OnPush"}
    )
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 60)
    assert "DestinationConfig" not in config


BUCKETS = {(name, bucket): properties for name in ALL for bucket, properties in resources(name, "S3::Bucket").items()}


@pytest.mark.parametrize(("name", "bucket"), BUCKETS)
def test_a_bucket_has_a_name_of_account_and_region_and_answers_over_tls_only(name: str, bucket: str) -> None:
    """Names are global: without the account in it, another account could own the name that a stage needs."""
    pattern = BUCKETS[name, bucket]["BucketName"]["Fn::Sub"]
    assert pattern.startswith("coterie-${Stage}-") and pattern.endswith("-${AWS::AccountId}-${AWS::Region}")
    longest = pattern.replace("${Stage}", "s" * 16).replace("${AWS::AccountId}", "1" * 12)
    assert len(longest.replace("${AWS::Region}", "ap-southeast-1")) <= 63, "the longest name that S3 allows"
    policies = resources(name, "S3::BucketPolicy").values()
    assert template(name)["Parameters"]["Transport"]["Default"] == "https"
    (policy,) = [one["PolicyDocument"]["Statement"] for one in policies if one["Bucket"] == {"Ref": bucket}]
    (only_tls,) = [one for one in policy if one.get("Sid") == "OnlyTls"]
    assert (only_tls["Effect"], only_tls["Principal"], only_tls["Action"]) == ("Deny", "*", "s3:*")
    assert only_tls["Resource"] == [{"Fn::GetAtt": f"{bucket}.Arn"}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]
    assert only_tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_r12_the_archive_is_locked_versioned_and_takes_each_name_once() -> None:
    archive = BUCKETS["platform", "Archive"]
    lock = {"Mode": "COMPLIANCE", "Days": {"Ref": "AnchorDays"}}
    assert (archive["ObjectLockEnabled"], archive["VersioningConfiguration"]) == (True, {"Status": "Enabled"})
    assert archive["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": lock}}
    policy = resources("platform", "S3::BucketPolicy")["ArchivePolicy"]
    denied = {one["Sid"]: (one["Effect"], one["Action"]) for one in policy["PolicyDocument"]["Statement"]}
    assert denied["OnlyFirstVersions"] == ("Deny", "s3:PutObject")
    assert denied["NoDeletion"] == ("Deny", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
    for name in SERVICES:
        writers = {owner for owner, one in statements(name) if "ArchiveName" in text(one["Resource"])}
        assert writers == {"OnHour"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_function_knows_the_account_that_owns_its_buckets(name: str) -> None:
    assert template(name)["Globals"]["Function"]["Environment"]["Variables"]["ACCOUNT"] == {"Ref": "AWS::AccountId"}


def test_c27_no_function_deletes_evidence_and_review_alone_reads_all_of_it() -> None:
    bucket = BUCKETS["platform", "Evidence"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    allowed = {
        (service, owner, action, part["Fn::Sub"])
        for service in SERVICES
        for owner, one in statements(service)
        for part in as_list(one["Resource"])
        if "Evidence" in str(part) and "Fn::Sub" in part
        for action in as_list(one["Action"])
    }
    assert allowed == {
        ("review", "Api", "s3:GetObject", "${EvidenceArn}/*"),
        ("circles", "Api", "s3:GetObject", "${EvidenceArn}/circles/*"),  # to find out whether a copy exists
        ("circles", "Api", "s3:PutObject", "${EvidenceArn}/circles/*"),
        ("chat", "Api", "s3:GetObject", "${EvidenceArn}/chat/*"),
        ("chat", "Api", "s3:PutObject", "${EvidenceArn}/chat/*"),
        ("commerce", "Api", "s3:GetObject", "${EvidenceArn}/commerce/*"),
        ("commerce", "Api", "s3:PutObject", "${EvidenceArn}/commerce/*"),
    }


def _leaves(pattern: object) -> list[object]:
    if isinstance(pattern, dict):
        return [leaf for value in pattern.values() for leaf in _leaves(value)]
    return [pattern]
