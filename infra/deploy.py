"""Deploys every stack to AWS or to a laptop cloud, with the same code and templates.

The order is code, keys, the platform stack, then all services in parallel, because they do not depend on each other. The
edge stack follows, because the settings of a route need the route. On AWS, the watch stack comes last.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra import build
from infra.aws import client
from infra.key_rings import KEY_RINGS
from infra.stacks import DeployFailed, Outputs, apply, template_of
from services import SERVICES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

Report = Callable[[str], None]

# RetryAfter: the seconds until a failed message is delivered again; short on a laptop, because tests wait for it.
_LAPTOP = {"Keep": "Delete", "RetryAfter": "10"}


def deploy(stage: str, endpoint: str | None = None, report: Report = print, *, provider: str = "") -> dict[str, Outputs]:
    """Deploy every stack of a stage and return the outputs of each, by its name ("platform", "review", ...).

    Raises: DeployFailed, BuildFailed.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", stage):
        raise DeployFailed(
            f"{stage!r} is not a stage name. Use at most 16 lower-case letters and digits, starting with a letter"
        )
    bucket, keys = _upload(stage, endpoint, report)
    for service in SERVICES:
        _ensure_keys(client("ssm", endpoint), stage, service, report)
    common = _common(stage, endpoint, bucket, keys) | ({"ProviderUrl": provider} if provider else {})
    platform = apply(client("cloudformation", endpoint), f"coterie-{stage}-platform", template_of("platform"), common, report)

    def deploy_service(service: str) -> Outputs:
        given = {**common, **platform, "CodeKey": keys[service]}
        return apply(client("cloudformation", endpoint), f"coterie-{stage}-{service}", template_of(service), given, report)

    with ThreadPoolExecutor(len(SERVICES)) as pool:
        outputs = {"platform": platform, **dict(zip(SERVICES, pool.map(deploy_service, SERVICES), strict=True))}
    for name in ("edge", "watch") if endpoint is None else ("edge",):
        given = {**common, **platform}
        outputs[name] = apply(client("cloudformation", endpoint), f"coterie-{stage}-{name}", template_of(name), given, report)
    return outputs


def _common(stage: str, endpoint: str | None, bucket: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that templates can declare."""
    common = {"Stage": stage, "CodeBucket": bucket, "LayerKey": keys.get("layer", "")}
    if endpoint is not None:
        common |= _LAPTOP | {"GatewayEndpoint": f"{endpoint}/_aws/execute-api"}
    return common


def _upload(stage: str, endpoint: str | None, report: Report) -> tuple[str, dict[str, str]]:
    """Upload the missing packages; return the bucket and the key of each package.

    A laptop cloud needs no layer: functions import from the environment of MiniStack.
    """
    s3: S3Client = client("s3", endpoint)
    account = client("sts", endpoint).get_caller_identity()["Account"]
    bucket = f"coterie-{stage}-code-{account}"
    _ensure_bucket(s3, bucket)
    keys = {}
    for service in SERVICES:
        package = build.code(service)
        keys[service] = package.key
        if not _exists(s3, bucket, package.key):
            s3.put_object(Bucket=bucket, Key=package.key, Body=package.body)
            report(f"{service}: code uploaded ({len(package.body) // 1024} KB)")
    if endpoint is None:
        keys["layer"] = build.layer_key()
        if not _exists(s3, bucket, keys["layer"]):
            report("layer: building the dependencies for arm64 (about half a minute)")
            s3.put_object(Bucket=bucket, Key=keys["layer"], Body=build.layer().body)
            report("layer: uploaded")
    return bucket, keys


def _ensure_bucket(s3: S3Client, bucket: str) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        region = s3.meta.region_name
        if region == "us-east-1":  # S3 rejects a LocationConstraint that names us-east-1
            s3.create_bucket(Bucket=bucket)
        else:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )


def _exists(s3: S3Client, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return False
        raise
    return True


def _ensure_keys(ssm: SSMClient, stage: str, service: str, report: Report) -> None:
    """Create the missing keys of a service.

    An existing key is never replaced, because issued passcodes and cursors depend on it.
    """
    name = f"/coterie/{stage}/{service}/keys"
    try:
        existing = json.loads(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        existing = {}
    missing = [key for key in KEY_RINGS[service] if key not in existing]
    if missing:
        fresh = {key: {"current": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}} for key in missing}
        ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps({**existing, **fresh}), Overwrite=bool(existing))
        report(f"{service}: keys created ({', '.join(missing)})")


def main() -> None:
    """`python -m infra.deploy --stage NAME [--endpoint-url URL]`."""
    parser = argparse.ArgumentParser(description=deploy.__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--provider-url", default="", help="the payment provider's API; needed the first time")
    parser.add_argument("--endpoint-url", default=None, help="a laptop cloud's address; without it, AWS")
    given = parser.parse_args()
    started = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)

    try:
        outputs = deploy(given.stage, given.endpoint_url, report, provider=given.provider_url)
    except (DeployFailed, build.BuildFailed, BotoCoreError, ClientError) as failure:
        sys.exit(f"deploy: {failure}")
    print(json.dumps(outputs, indent=2))


if __name__ == "__main__":
    main()
