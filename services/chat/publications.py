"""The events of this service: none. Messages go to their readers directly, not over the bus."""

from services.shared.facts import Publications

PUBLICATIONS: Publications = {}
