"""The settings of the four services in tests: overriding them for a block, and returning to the defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from services.chat.settings import settings as chat
from services.circles.settings import settings as circles
from services.commerce.settings import settings as commerce
from services.review.settings import settings as review
from services.shared.kernel.settings import InForce
from simulation.clock import NOON

MAX_BURST = 100_000
GUARDRAILS = {"max_commercial_percent": 100, "max_own_percent": 100}
OPEN = {
    "commerce": {"max_open_reservations": 50, "max_reserved_units": 1000},
    "circles": GUARDRAILS,
    "chat": GUARDRAILS | {"max_cards_per_room": 1000},
}
SETTINGS: Mapping[str, InForce[Any]] = {"review": review, "circles": circles, "chat": chat, "commerce": commerce}
# The circles of a simulation sell from their first day. Tests of the rule override this.
for _service in (circles, chat, commerce):
    _service.rebase(selling_starts_after=timedelta(0))


@contextmanager
def overridden(settings: InForce[Any], **changes: Any) -> Iterator[None]:
    """Change settings inside the block, in all threads.

    Raises: ValidationError (a value is out of range).
    """
    before = settings.override
    settings.override = settings.model.model_validate({**settings().model_dump(), **changes})
    try:
        yield
    finally:
        settings.override = before


def relaxed_limits(service: str) -> dict[str, int]:
    """Return settings of a service that let every user do everything as often as a scenario needs at one moment."""
    fields = SETTINGS[service].model.model_fields.items()
    bursts = {name: MAX_BURST for name, field in fields if name.endswith("_burst") and field.annotation is int}
    return bursts | OPEN.get(service, {})


def relax_limits() -> None:
    """Put `relaxed_limits` in force until the settings are reset."""
    for service, settings in SETTINGS.items():
        settings.apply(relaxed_limits(service), {}, source=None, now=NOON)


def reset_settings() -> None:
    """Return to the defaults in every service, and read the tables again at the next entry."""
    for settings in SETTINGS.values():
        settings.override = None
        settings.reset()
