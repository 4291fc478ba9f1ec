"""Logs, metrics, and the correlation id that HTTP requests, events and socket frames carry.

A log line contains ids and result codes, never text that a user wrote, a token or a passcode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

__all__ = ["MetricUnit", "correlation_id", "correlation_scope", "logger", "record_metric", "safe_correlation_id"]

_correlation: ContextVar[str] = ContextVar("correlation_id", default="-")
_SAFE = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


@cache
def logger() -> Logger:
    """Return the JSON logger of the process. Its service and level come from the environment (POWERTOOLS_*)."""
    return Logger(use_rfc3339=True, utc=True)


def correlation_id() -> str:
    return _correlation.get()


def safe_correlation_id(value: str | None, fallback: str) -> str:
    """Return the caller's correlation id, or `fallback` if it could forge a log line or is too long."""
    return value if value and _SAFE.fullmatch(value) else fallback


@contextmanager
def correlation_scope(value: str) -> Iterator[None]:
    """Add the correlation id `value` to all log lines and pending events written inside this context."""
    before = _correlation.get()
    token = _correlation.set(value)
    logger().set_correlation_id(value)
    try:
        yield
    finally:
        _correlation.reset(token)
        logger().set_correlation_id(before)


def record_metric(name: str, value: float, unit: MetricUnit = MetricUnit.Count, **dimensions: str) -> None:
    """Write one metric to the log at once, in the CloudWatch embedded metric format."""
    with single_metric(name=name, unit=unit, value=value) as metric:
        for dimension, text in dimensions.items():
            metric.add_dimension(name=dimension, value=text)
