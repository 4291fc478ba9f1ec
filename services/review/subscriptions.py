"""The events this service listens to: none yet, so it has no inbox either."""

from services.shared.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {}
