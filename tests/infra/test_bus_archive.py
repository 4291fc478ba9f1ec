"""The archive of the event bus, which is deployed on AWS only."""

from __future__ import annotations

from infra.templates import resources
from services.shared.messaging.events import BY_NAME


def test_c27_the_archive_of_the_bus_has_no_texts_that_end_with_a_case() -> None:
    """A message is reported with messages of users who are not accused. No other event has such texts."""
    (archive,) = resources("watch", "Events::Archive").values()
    (pattern,) = archive["EventPattern"]["detail-type"]
    has_surroundings = {name for name, event in BY_NAME.items() if "surroundings" in str(event.model_json_schema())}
    assert set(pattern["anything-but"]) == has_surroundings == {"MessageReported"}
