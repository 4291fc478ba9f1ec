"""Powertools' Idempotency over our own table, with its safe settings. It is imported where money moves, not at a cold start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    BaseError,
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
    IdempotencyKeyError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

from services.commerce.adapters.payments.guard import CallStore
from services.commerce.adapters.payments.port import ProviderDenied, ProviderFailed
from services.commerce.domain.money import Money
from services.commerce.domain.provider_call import ProviderCall
from services.shared.kernel.clock import utc_now

RUNS_AT_MOST_MS = 15_000  # more than the adapter's timeouts together; a request that runs longer has died
EXPIRES_AFTER_SECONDS = 24 * 60 * 60
IN_PROGRESS, COMPLETED = "INPROGRESS", "COMPLETED"


class RequestTime:
    """What Powertools asks the Lambda context for: how long the request can still run, so that one that died is repeated."""

    def get_remaining_time_in_millis(self) -> int:
        return RUNS_AT_MOST_MS


class StoredCalls(BasePersistenceLayer):
    """Powertools' records as items of the service's table."""

    def __init__(self, calls: CallStore) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._calls = calls

    def _get_record(self, idempotency_key: str) -> DataRecord:
        call = self._calls.find(idempotency_key)
        if call is None:
            raise IdempotencyItemNotFoundError
        return _to_record(call)

    def _put_record(self, data_record: DataRecord) -> None:
        if in_force := self._calls.start(_to_call(data_record), utc_now()):
            earlier = _to_record(in_force)
            self._validate_payload(data_record, earlier)
            raise IdempotencyItemAlreadyExistsError(old_data_record=earlier)

    def _update_record(self, data_record: DataRecord) -> None:
        self._calls.complete(_to_call(data_record))

    def _delete_record(self, data_record: DataRecord) -> None:
        self._calls.delete(data_record.idempotency_key)


def call_once(
    calls: CallStore, kind: str, subject: str, amount: Money, reference: str, call: Callable[[str, Money, str], None]
) -> None:
    """Call the provider once for this kind of request and reference.

    Raises: ProviderDenied (the reference is empty, or was used for another request), ProviderFailed (the provider failed, the
    request runs now, or the table failed: the request can be repeated with the same reference).
    """
    config = IdempotencyConfig(
        event_key_jmespath="reference",
        payload_validation_jmespath="[subject, amount, currency]",
        raise_on_no_idempotency_key=True,
        expires_after_seconds=EXPIRES_AFTER_SECONDS,
        hash_function="sha256",
        lambda_context=RequestTime(),  # type: ignore[arg-type]  # of which only the remaining time is read
    )

    def run(*, request: dict[str, Any]) -> None:
        call(subject, amount, reference)

    guard: Callable[..., None] = idempotent_function(
        run, data_keyword_argument="request", persistence_store=StoredCalls(calls), config=config, key_prefix=f"payments.{kind}"
    )
    request = {"reference": reference, "subject": subject, "amount": amount.amount, "currency": amount.currency}
    try:
        guard(request=request)
    except (IdempotencyKeyError, IdempotencyValidationError) as error:
        raise ProviderDenied("the reference is missing, or belongs to another request") from error
    except BaseError as error:
        raise ProviderFailed("the request runs now, or could not be recorded") from error


def _to_call(record: DataRecord) -> ProviderCall:
    return ProviderCall(
        key=record.idempotency_key,
        body_hash=record.payload_hash,
        is_complete=record.status == COMPLETED,
        expires_at=record.expiry_timestamp or 0,
        runs_until=record.in_progress_expiry_timestamp or 0,
    )


def _to_record(call: ProviderCall) -> DataRecord:
    return DataRecord(
        idempotency_key=call.key,
        status=COMPLETED if call.is_complete else IN_PROGRESS,
        expiry_timestamp=call.expires_at,
        in_progress_expiry_timestamp=call.runs_until,
        payload_hash=call.body_hash,
    )
