"""Logs, metrics and the correlation id that travels through HTTP, events and sockets.

Logs carry ids of things and codes of outcomes, never what people wrote, their tokens or passcodes."""

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
    """The process's JSON logger; service and level come from the environment (POWERTOOLS_*)."""
    return Logger(use_rfc3339=True, utc=True)


def correlation_id() -> str:
    return _correlation.get()


def safe_correlation_id(offered: str | None, fallback: str) -> str:
    """A caller's correlation id if it is harmless in a log, else ours."""
    return offered if offered and _SAFE.fullmatch(offered) else fallback


@contextmanager
def correlation_scope(value: str) -> Iterator[None]:
    """Everything logged and every fact written inside carries `value`."""
    before = _correlation.get()
    token = _correlation.set(value)
    logger().set_correlation_id(value)
    try:
        yield
    finally:
        _correlation.reset(token)
        logger().set_correlation_id(before)


def record_metric(name: str, value: float, unit: MetricUnit = MetricUnit.Count, **dimensions: str) -> None:
    """One metric in CloudWatch's embedded format, written at once to the log."""
    with single_metric(name=name, unit=unit, value=value) as metric:
        for dimension, text in dimensions.items():
            metric.add_dimension(name=dimension, value=text)
