"""The refunds of an order that we request. How much can be requested is decided by `Order.request_refund` alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.settings import settings


class RefundReason(StrEnum):
    """Why money goes back to the buyer.

    cancelled: the buyer cancelled the order before it was shipped. not_shipped: the seller did not ship it in time.
    goodwill: the seller gives money back.
    """

    CANCELLED = "cancelled"
    NOT_SHIPPED = "not_shipped"
    GOODWILL = "goodwill"


def refund_reference(order_id: str, number: int) -> str:
    """Return what the provider gets with a request: its idempotency key, which the refund's events repeat."""
    return f"{order_id}.r{number}"


def number_of(reference: str, order_id: str) -> int | None:
    """Return the number of the request of an order that a reference is of; None for every other reference."""
    number = reference.removeprefix(f"{order_id}.r")
    return int(number) if number != reference and re.fullmatch("[1-9][0-9]{0,5}", number) else None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A refund that the provider has not reported yet.

    number: among the requests of the order. A request that failed gets a new one, since the provider repeats no reference.
    requested_at: when it was requested first, or could be made again after a chargeback.
    retry_at: when the schedule repeats the request; None while a chargeback holds the money.
    is_reported: whether reviewers have a case of it.
    """

    number: int
    amount: int
    reason: RefundReason
    requested_at: datetime
    retry_at: datetime | None
    is_reported: bool = False

    def is_due(self, now: datetime) -> bool:
        return self.retry_at is not None and now >= self.retry_at

    def _wait_or_resume(self, at: datetime, *, can_be_made: bool) -> RefundRequest:
        """Return the request that waits for the end of a chargeback, or can be made. It is not overdue for having waited."""
        if not can_be_made:
            return replace(self, retry_at=None)
        return self if self.retry_at else replace(self, retry_at=at, requested_at=at)

    def repeat(self, at: datetime) -> RefundRequest:
        """Return the request after the schedule has repeated it. One that is open for too long is reported."""
        is_overdue = at >= self.requested_at + settings().refund_case_after
        return replace(self, retry_at=_retry_at(at), is_reported=self.is_reported or is_overdue)


@dataclass(frozen=True, slots=True)
class Refunds:
    """The open requests of an order, the oldest first, and the number of the last request."""

    requests: tuple[RefundRequest, ...] = ()
    number: int = 0

    @property
    def requested(self) -> int:
        return sum(request.amount for request in self.requests)

    @property
    def due_at(self) -> datetime | None:
        """When the schedule must repeat a request next; None if it never must."""
        return min((request.retry_at for request in self.requests if request.retry_at), default=None)

    @property
    def is_reported(self) -> bool:
        return any(request.is_reported for request in self.requests)

    def add(self, amount: int, reason: RefundReason, at: datetime, retry_at: datetime | None = None) -> Refunds:
        """Add a request. Its use case calls the provider after the write; the schedule does it if that was not possible."""
        number = self.number + 1
        request = RefundRequest(number, amount, reason, at, retry_at or _retry_at(at))
        return Refunds((*self.requests, request), number)

    def get_due(self, now: datetime) -> list[RefundRequest]:
        return [request for request in self.requests if request.is_due(now)]

    def repeat(self, at: datetime) -> Refunds:
        return replace(self, requests=tuple(one.repeat(at) if one.is_due(at) else one for one in self.requests))

    def fail(self, number: int, at: datetime) -> Refunds:
        """Give a request that the provider could not make a new number. Unchanged if no request with the number is open."""
        failed = [request for request in self.requests if request.number == number]
        after = self
        for request in failed:
            after = after._replace(request, replace(request, number=after.number + 1, retry_at=_retry_at(at)))
        return after

    def close(self, number: int | None, amount: int) -> Refunds:
        """Remove the request that the provider has made.

        number: None for a refund at the provider that we did not request. It counts for the oldest request of that amount:
        operators make a refund there that fails here.
        """
        made = [one for one in self.requests if (one.number == number if number else one.amount == amount)]
        return replace(self, requests=tuple(one for one in self.requests if one not in made[:1]))

    def fit(self, rest: int, available: int, at: datetime) -> Refunds:
        """Fit the requests into what can go back. rest: what is not refunded. available: what no chargeback holds of it.

        A request above the rest is reduced, with a new number: the provider has not made it, and never can. One that an open
        chargeback prevents waits until that is decided.
        """
        fitted: list[RefundRequest] = []
        number = self.number
        for request in self.requests:
            amount = min(request.amount, rest)
            if not amount:
                break
            is_reduced = amount < request.amount
            number += is_reduced
            fitting = replace(request, amount=amount, number=number if is_reduced else request.number)
            fitted.append(fitting._wait_or_resume(at, can_be_made=amount <= available))
            rest, available = rest - amount, max(available - amount, 0)
        return Refunds(tuple(fitted), number)

    def _replace(self, before: RefundRequest, after: RefundRequest) -> Refunds:
        requests = tuple(after if request == before else request for request in self.requests)
        return Refunds(requests, max(self.number, after.number))


NO_REFUNDS = Refunds()


def _retry_at(at: datetime) -> datetime:
    return at + settings().refund_retry_interval
