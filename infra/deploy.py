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
from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra import build
from infra.aws import account_of, client, require_region
from infra.buckets import CodeBucket
from infra.cloud import MEMBERS_CALLBACK, STAFF_CALLBACK
from infra.key_rings import KEY_RINGS, parameter_name
from infra.stacks import DeployFailed, Outputs, apply, template_of
from infra.templates import ALL, template
from services import SERVICES
from services.shared.pictures.urls import signing_key
from services.shared.security.keys import parse_key_ring

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

Report = Callable[[str], None]

# RetryAfter: the seconds until a failed message is delivered again; short on a laptop, because tests wait for it.
_LAPTOP = {
    "Keep": "Delete",
    "RetryAfter": "10",
    "FactsWindow": "1",
    "Transport": "http",
    "MemberCallbacks": MEMBERS_CALLBACK,
    "MemberLogouts": "http://localhost:5173/",
    "StaffCallbacks": STAFF_CALLBACK,
    "StaffLogouts": "http://localhost:5174/",
}


def deploy(
    stage: str, endpoint: str | None = None, report: Report = print, *, given: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Outputs]:
    """Deploy every stack of a stage and return the outputs of each, by its name ("platform", "review", ...).

    given: parameters of templates. Each of the others keeps its value, or has its default.
    Raises: DeployFailed, BuildFailed, NoRegionError.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", stage):
        raise DeployFailed(
            f"{stage!r} is not a stage name. Use at most 16 lower-case letters and digits, starting with a letter"
        )
    if endpoint is None:
        require_region()
    if unknown := given.keys() - {name for each in ALL for name in template(each)["Parameters"]}:
        raise DeployFailed(f"no template has these parameters: {', '.join(sorted(unknown))}")
    bucket, keys = _upload(stage, endpoint, report)
    for service in SERVICES:
        _ensure_keys(client("ssm", endpoint), stage, service, report)
    common = {**_common(stage, endpoint, bucket, keys), **given}
    platform = apply(client("cloudformation", endpoint), f"coterie-{stage}-platform", template_of("platform"), common, report)

    def deploy_service(service: str) -> Outputs:
        values = {**common, **platform, "CodeKey": keys[service]}
        if endpoint is None and "pictures" in KEY_RINGS[service]:  # a laptop cloud has no content delivery network
            values["PicturesPublicKey"] = public_key(client("ssm"), stage, service)
        return apply(client("cloudformation", endpoint), f"coterie-{stage}-{service}", template_of(service), values, report)

    with ThreadPoolExecutor(len(SERVICES)) as pool:
        outputs = {"platform": platform, **dict(zip(SERVICES, pool.map(deploy_service, SERVICES), strict=True))}
    for name in ("edge", "watch") if endpoint is None else ("edge",):
        values = {**common, **platform}
        outputs[name] = apply(client("cloudformation", endpoint), f"coterie-{stage}-{name}", template_of(name), values, report)
    return outputs


def _common(stage: str, endpoint: str | None, bucket: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that templates can declare."""
    common = {"Stage": stage, "CodeBucket": bucket, "LayerKey": keys.get("layer", ""), "TokenCodeKey": keys["trigger"]}
    if endpoint is not None:
        common |= _LAPTOP | {"GatewayEndpoint": f"{endpoint}/_aws/execute-api"}
    return common


def _upload(stage: str, endpoint: str | None, report: Report) -> tuple[str, dict[str, str]]:
    """Upload the missing packages; return the bucket and the key of each package.

    A laptop cloud needs no layer: functions import from the environment of MiniStack.
    """
    bucket = CodeBucket.of(stage, account_of(endpoint), client("s3", endpoint))
    bucket.ensure()
    packages = {"trigger": build.trigger_code(), **{service: build.code(service) for service in SERVICES}}
    keys = {name: package.key for name, package in packages.items()}
    for name, package in packages.items():
        if not bucket.has(package.key):
            bucket.put(package.key, package.body)
            report(f"{name}: code uploaded ({len(package.body) // 1024} KB)")
    if endpoint is None:
        keys["layer"] = build.layer_key()
        if not bucket.has(keys["layer"]):
            report("layer: building the dependencies for arm64 (about half a minute)")
            bucket.put(keys["layer"], build.layer().body)
            report("layer: uploaded")
    return bucket.name, keys


def _ensure_keys(ssm: SSMClient, stage: str, service: str, report: Report) -> None:
    """Create the missing keys of a service.

    An existing key is never replaced, because issued passcodes and cursors depend on it.
    """
    created = []
    for ring in KEY_RINGS[service]:
        new = {"current": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}}
        try:
            name = parameter_name(stage, service, ring)
            ssm.put_parameter(Name=name, Type="SecureString", Value=json.dumps(new), Overwrite=False)
            created.append(ring)
        except ssm.exceptions.ParameterAlreadyExists:
            continue
    if created:
        report(f"{service}: keys created ({', '.join(created)})")


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise DeployFailed(f"{text!r} is not NAME=VALUE")
    return name, value


def public_key(ssm: SSMClient, stage: str, service: str) -> str:
    """Return the public key of the addresses of a service's pictures, as PEM."""
    stored = ssm.get_parameter(Name=parameter_name(stage, service, "pictures"), WithDecryption=True)["Parameter"]["Value"]
    key = signing_key(parse_key_ring(stored).newest).public_key()
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def main() -> None:
    """`python -m infra.deploy --stage NAME [--parameter NAME=VALUE ...] [--endpoint-url URL]`."""
    parser = argparse.ArgumentParser(description=deploy.__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--provider-url", default="", help="the payment provider's API; needed the first time")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of a template")
    parser.add_argument("--endpoint-url", default=None, help="a laptop cloud's address; without it, AWS")
    given = parser.parse_args()
    started = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)

    try:
        parameters = dict(_parameter(text) for text in given.parameter)
        if given.provider_url:
            parameters["ProviderUrl"] = given.provider_url
        outputs = deploy(given.stage, given.endpoint_url, report, given=parameters)
    except (DeployFailed, build.BuildFailed, BotoCoreError, ClientError) as failure:
        sys.exit(f"deploy: {failure}")
    print(json.dumps(outputs, indent=2))


if __name__ == "__main__":
    main()
