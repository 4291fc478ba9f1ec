"""Feature flags by Powertools. A module of its own: it is imported only where a flag has rules.

The rules have the schema of Powertools: `{"default": true, "rules": {"<name>": {"when_match": false, "conditions": [...]}}}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_lambda_powertools.utilities.feature_flags import FeatureFlags, SchemaValidator, StoreProvider

from services.shared.kernel.observability import logger
from services.shared.kernel.settings import Flag


class ItemStore(StoreProvider):
    """The rules by flag, which were read with the settings."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self._rules = rules

    def get_configuration(self) -> dict[str, Any]:
        return self._rules

    @property
    def get_raw_configuration(self) -> dict[str, Any]:
        return self._rules


def evaluate(flag: Flag, rules: Any, context: Mapping[str, str]) -> bool:
    """Return whether the flag is on in this context; its default if the rules are not valid."""
    if not is_valid(flag, rules):
        logger().warning("rules of a flag ignored", flag=flag.name)
        return flag.default
    flags = FeatureFlags(store=ItemStore({flag.name: rules}))
    return bool(flags.evaluate(name=flag.name, context=dict(context), default=flag.default))


def is_valid(flag: Flag, rules: Any) -> bool:
    """Whether the rules have the schema of Powertools, and decide between on and off."""
    try:
        SchemaValidator(schema={flag.name: rules}, logger=logger()).validate()
    except Exception:  # noqa: BLE001 (the validator raises its own error, or whatever an unexpected type leads to)
        return False
    return isinstance(rules.get("default"), bool)


def keys_of(rules: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the values that the rules test."""
    for rule in (rules.get("rules") or {}).values():
        for condition in rule["conditions"]:
            yield str(condition["key"])
