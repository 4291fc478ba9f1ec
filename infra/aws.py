"""boto3 clients of AWS, with the operator's credentials, and of a laptop cloud, which never sees them."""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import NoRegionError

REGION = "us-east-1"
READ_TIMEOUT = 75  # longer than any function runs, or `make redrive` would start a second call beside the first
DUMMY = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}


def client(name: str, endpoint: str | None = None) -> Any:
    """Return a low-level client of an AWS service.

    endpoint: the address of a laptop cloud; None means AWS.
    The type is `Any` because it depends on the value of `name`; callers annotate the result.
    """
    if endpoint is None:
        return boto3.session.Session().client(name, config=Config(read_timeout=READ_TIMEOUT))
    retries: Any = {"total_max_attempts": 2}
    config = Config(max_pool_connections=50, retries=retries, read_timeout=READ_TIMEOUT)
    return _laptop_session().client(name, endpoint_url=endpoint, config=config)


def account_of(endpoint: str | None = None) -> str:
    """Return the AWS account of the credentials; every bucket must belong to it."""
    return str(client("sts", endpoint).get_caller_identity()["Account"])


def require_region() -> None:
    """Require a configured region: S3 and STS would silently use one of their own.

    Raises: NoRegionError.
    """
    if boto3.session.Session().region_name is None:
        raise NoRegionError


def _laptop_session() -> boto3.session.Session:
    """Return a session that ignores the profiles and credential files of the environment."""
    isolated = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.session.Session(
        aws_access_key_id=DUMMY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
        botocore_session=isolated,
    )
