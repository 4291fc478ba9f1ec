"""Deploys every stack, to AWS or to a laptop cloud: the same code and templates, another endpoint.

The order is code, keys, platform, then the services side by side: they know each other only by the bus.
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
from infra.stacks import DeployFailed, Outputs, apply, template_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

Report = Callable[[str], None]

_KEYS = {
    "review": ("cursor", "id", "person", "verifier"),
    "circles": ("cursor", "id", "passcode"),
    "chat": ("cursor", "id", "ticket"),
    "commerce": ("cursor", "id", "webhook"),
}
# A failed message comes again after this many seconds: shorter on a laptop, where a test waits for it.
_LAPTOP = {"Keep": "Delete", "RetryAfter": "10"}


def deploy(stage: str, endpoint: str | None = None, report: Report = print, *, provider: str = "") -> dict[str, Outputs]:
    """Bring every stack of `stage` up to date; the outputs of each, by its name ("platform", "review", ...)."""
    if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", stage):
        raise DeployFailed(f"{stage!r} is not a stage: up to 16 small letters and digits, a letter first")
    bucket, keys = _upload(stage, endpoint, report)
    for service in build.SERVICES:
        _ensure_keys(client("ssm", endpoint), stage, service, report)
    common = _common(stage, endpoint, bucket, keys) | ({"ProviderUrl": provider} if provider else {})
    platform = apply(client("cloudformation", endpoint), f"coterie-{stage}-platform", template_of("platform"), common, report)

    def one(service: str) -> Outputs:
        given = {**common, **platform, "CodeKey": keys[service]}
        return apply(client("cloudformation", endpoint), f"coterie-{stage}-{service}", template_of(service), given, report)

    with ThreadPoolExecutor(len(build.SERVICES)) as pool:
        outputs = {"platform": platform, **dict(zip(build.SERVICES, pool.map(one, build.SERVICES), strict=True))}
    if endpoint is None:
        given = {**common, **platform, **{f"{name.title()}ApiId": outputs[name]["ApiId"] for name in build.SERVICES}}
        outputs["watch"] = apply(client("cloudformation"), f"coterie-{stage}-watch", template_of("watch"), given, report)
    return outputs


def _common(stage: str, endpoint: str | None, bucket: str, keys: Mapping[str, str]) -> dict[str, str]:
    """What templates may ask for; each takes only the parameters it declares."""
    common = {"Stage": stage, "CodeBucket": bucket, "LayerKey": keys.get("layer", "")}
    if endpoint is not None:
        common |= _LAPTOP | {"GatewayEndpoint": f"{endpoint}/_aws/execute-api"}
    return common


def _upload(stage: str, endpoint: str | None, report: Report) -> tuple[str, dict[str, str]]:
    """Put the packages that are not there yet; the bucket and each package's key. A laptop needs no layer."""
    s3: S3Client = client("s3", endpoint)
    account = client("sts", endpoint).get_caller_identity()["Account"]
    bucket = f"coterie-{stage}-code-{account}"
    _ensure_bucket(s3, bucket)
    keys = {}
    for service in build.SERVICES:
        package = build.code(service)
        keys[service] = package.key
        if not _has(s3, bucket, package.key):
            s3.put_object(Bucket=bucket, Key=package.key, Body=package.body)
            report(f"{service}: code uploaded ({len(package.body) // 1024} KB)")
    if endpoint is None:
        keys["layer"] = build.layer_key()
        if not _has(s3, bucket, keys["layer"]):
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
        if region == "us-east-1":  # the one region that refuses to be named here
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


def _has(s3: S3Client, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return False
        raise
    return True


def _ensure_keys(ssm: SSMClient, stage: str, service: str, report: Report) -> None:
    """Make the keys the service lacks; one that exists is never touched, since codes and cursors out there depend on it."""
    name = f"/coterie/{stage}/{service}/keys"
    try:
        held = json.loads(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        held = {}
    missing = [key for key in _KEYS[service] if key not in held]
    if missing:
        fresh = {key: {"current": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}} for key in missing}
        ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps({**held, **fresh}), Overwrite=bool(held))
        report(f"{service}: keys made ({', '.join(missing)})")


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
