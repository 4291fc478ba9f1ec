"""boto3 clients. A service builds each client once per cold start."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config


def client(name: str, **config: Any) -> Any:
    """Return a low-level client with 3 attempts of at most 3 seconds.

    So a call ends before the function times out.
    """
    limits = {"connect_timeout": 1, "read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 3}}
    return boto3.client(name, config=Config(**{**limits, **config}))
