"""Settings: the figures of the product, such as limits, periods and shares.

Each service lists its own in its `settings.py`, with defaults and ranges. Operators override them in one item of the service's
table, which `services.shared.table.settings` reads. Technical constants, such as page sizes, stay beside their code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger
from services.shared.kernel.rates import Rate
from services.shared.kernel.requests import ChangeRequest

Model = TypeVar("Model", bound="Settings")
MAX_AGE = timedelta(seconds=60)  # after which a process reads the overrides again


class Settings(BaseModel):
    """The settings of a service. Each field has a default, a range, and its effect in one sentence as description.

    ORDER: pairs of settings; the first must be at most the second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    ORDER: ClassVar[tuple[tuple[str, str], ...]] = ()

    @model_validator(mode="after")
    def require_order(self) -> Self:
        for low, high in self.ORDER:
            if getattr(self, low) > getattr(self, high):
                raise ValueInvalid("must-be-in-order", low=low, high=high)
        return self

    def rate(self, kind: str) -> Rate:
        """Return how often a user can do this kind of action: the settings `<kind>_burst` and `<kind>_interval`."""
        return Rate(kind, getattr(self, f"{kind}_interval"), getattr(self, f"{kind}_burst"))

    def change_request(self, key: IdempotencyKey) -> ChangeRequest:
        """Return the request of an action that has an Idempotency-Key: it uses a slot of the user's rate of changes."""
        return ChangeRequest.of_key(key, self.rate("change"))


def setting(default: Any, minimum: Any, maximum: Any, effect: str) -> Any:
    """Declare a setting with its default, its range and its effect."""
    is_strict = not isinstance(default, timedelta)  # JSON has no type for a period
    return Field(default=default, ge=minimum, le=maximum, description=effect, strict=is_strict)


def burst(default: int, action: str) -> Any:
    """Declare how often a user can do something at once."""
    return setting(default, 1, 100_000, f"How often a user can {action} at once.")


def interval(default: timedelta, action: str) -> Any:
    """Declare how often a user can do something in the long run."""
    return setting(default, timedelta(seconds=1), timedelta(days=1), f"After that, the time per {action}.")


@dataclass(frozen=True, slots=True)
class Flag:
    """A switch for a feature; operators can add rules that decide by its context.

    effect: what is on, in one sentence. context: the names of the values that rules can test.
    """

    name: str
    default: bool
    effect: str
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[Model]):
    """The settings as a process last read them.

    rules: the rules of the flags. source: the table that they are from; None before the first read.
    """

    values: Model
    rules: Mapping[str, Any]
    source: object = None
    read_at: datetime | None = None


class InForce(Generic[Model]):
    """The settings in force in this process. Called, it returns them: `settings().max_pins`.

    override: takes precedence over everything else; for tests. base: what the defaults are in a simulation.
    """

    def __init__(self, model: type[Model], *flags: Flag) -> None:
        self.model = model
        self.flags = {flag.name: flag for flag in flags}
        self.override: Model | None = None
        self._base: Mapping[str, Any] = {}
        self._defaults: Snapshot[Model] = Snapshot(defaults_of(self.model), {})
        self.reset()

    def __call__(self) -> Model:
        return self.override or self._snapshot.values

    def rebase(self, **values: Any) -> None:
        """Replace defaults, for a simulation that starts where a deployment is after some time. Overrides of a table win."""
        self._base = values
        self._defaults = Snapshot(with_overrides(self.model, values), {})
        self.reset()

    def reset(self) -> None:
        """Return to the defaults, and read the table at the next refresh."""
        self._snapshot = self._defaults

    def is_on(self, name: str, **context: str) -> bool:
        """Return whether a flag is on in this context; its default if it has no rules."""
        flag, rules = self.flags[name], self._snapshot.rules.get(name)
        if rules is None:
            return flag.default
        from services.shared.kernel.flags import evaluate

        return evaluate(flag, rules, context)

    def is_fresh(self, source: object, now: datetime) -> bool:
        """Return whether the settings were read from this table less than 60 seconds ago."""
        snapshot = self._snapshot
        if snapshot.source is not source or snapshot.read_at is None:
            return False
        return snapshot.read_at <= now < snapshot.read_at + MAX_AGE

    def apply(self, overrides: Mapping[str, Any], rules: Mapping[str, Any], *, source: object, now: datetime) -> None:
        """Set what was read. An override that is not valid is logged and ignored, so the default stays in force."""
        values = with_overrides(self.model, {**self._base, **overrides})
        for name in rules.keys() - self.flags.keys():
            logger().warning("unknown flag ignored", flag=name)
        self._snapshot = Snapshot(values, rules, source, now)


def defaults_of(model: type[Model]) -> Model:
    """Return the default settings without a validation, which would build the model at every cold start."""
    return cast(Model, model.model_construct())


def with_overrides(model: type[Model], overrides: Mapping[str, Any]) -> Model:
    """Return the settings with those of the overrides that are valid: known, in their range and in order.

    Values are as in JSON; a period is an ISO 8601 duration such as `PT15M`.
    """
    valid = dict(overrides)
    while valid:
        try:
            return model.model_validate(valid)
        except ValidationError as error:
            names = valid.keys() & names_in(error)
        for name in sorted(names or valid):
            logger().warning("setting ignored", setting=name)
            del valid[name]
    return defaults_of(model)


def names_in(error: ValidationError) -> set[str]:
    """Return the settings that a validation error is about."""
    names: set[str] = set()
    for detail in error.errors(include_url=False, include_input=False):
        cause = detail.get("ctx", {}).get("error")
        names |= set(cause.facts.values()) if isinstance(cause, ValueInvalid) else {str(part) for part in detail["loc"][:1]}
    return names


def range_of(model: type[Settings], name: str) -> tuple[Any, Any]:
    """Return the least and the greatest value of a setting; None where it has no such bound."""
    metadata = model.model_fields[name].metadata
    low = next((bound.ge for bound in metadata if hasattr(bound, "ge")), None)
    return low, next((bound.le for bound in metadata if hasattr(bound, "le")), None)
