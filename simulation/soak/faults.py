"""The faults of one step: at one of its calls, a function dies, a table conflicts, a provider fails, another step runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from services.commerce.adapters.payments import ProviderFailed
from services.shared.table.port import Throttled, TransactionConflict
from simulation.driver import Faults
from simulation.payments import FakePayments
from simulation.sockets import FakeSockets

Result = TypeVar("Result")
WRITES = frozenset({"put", "update", "delete", "transact", "reserve"})


class Died(BaseException):
    """The function ended at this call: by its time limit, its memory or a crash. No code of the function catches it."""


class StepFault(StrEnum):
    """What happens at a call of a step.

    died_before, died_after: the function ends before or after the call. between: another step runs before the call.
    socket_disconnected: a connection of a push no longer exists. socket_silent: no post of a push arrives, by 403 or by time.
    """

    DIED_BEFORE = "function died before a call"
    DIED_AFTER = "function died after a call"
    CONFLICT = "transaction conflict"
    THROTTLED = "table throttled"
    PROVIDER_FAILED = "provider failed"
    PROVIDER_SILENT = "provider's response lost"
    SOCKET_DISCONNECTED = "socket disconnected"
    SOCKET_SILENT = "push lost"
    BETWEEN = "another request between two calls"


OF_TABLES = (StepFault.DIED_BEFORE, StepFault.DIED_AFTER, StepFault.CONFLICT, StepFault.THROTTLED, StepFault.BETWEEN)
OF_PROVIDER = (StepFault.PROVIDER_FAILED, StepFault.PROVIDER_SILENT)
OF_SOCKETS = (StepFault.SOCKET_DISCONNECTED, StepFault.SOCKET_SILENT)


class SoakFaults(Faults):
    """The fault that is armed for the step that runs now.

    A fault that does not fit its call stays armed for the next one. After it occurred the step has no fault any more, so a
    retry succeeds.
    occurred: how often each fault occurred.
    """

    def __init__(self) -> None:
        super().__init__()
        self.occurred: Counter[str] = Counter()
        self._armed: StepFault | None = None
        self._at = 0
        self._between: Callable[[], None] = lambda: None

    def arm(self, fault: StepFault | None, at: int = 0, between: Callable[[], None] = lambda: None) -> None:
        self.calls, self._armed, self._at, self._between = 0, fault, at, between

    def disarm(self) -> StepFault | None:
        """Take the armed fault away, and return it if it did not occur."""
        fault, self._armed = self._armed, None
        return fault

    def socket_fault(self) -> StepFault | None:
        """Return the fault of a push, if one is armed."""
        fault = self._armed
        if fault not in OF_SOCKETS:
            return None
        self._occur(fault)
        return fault

    def through(self, is_table: bool, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
        self.calls += 1
        fault = self._armed
        if fault is None or self.calls < self._at or not _fits(fault, is_table, call):
            return call(*arguments, **named)
        self._occur(fault)
        return self._inject(fault, call, *arguments, **named)

    def _occur(self, fault: StepFault) -> None:
        self._armed = None
        self.injected += 1
        self.occurred[fault.value] += 1

    def _inject(self, fault: StepFault, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
        match fault:
            case StepFault.BETWEEN:
                self._between()
                return call(*arguments, **named)
            case StepFault.CONFLICT:
                raise TransactionConflict
            case StepFault.THROTTLED:
                raise Throttled
            case StepFault.PROVIDER_FAILED:
                raise ProviderFailed("no response")
        if fault is not StepFault.DIED_BEFORE:
            call(*arguments, **named)
        if fault is StepFault.PROVIDER_SILENT:
            raise ProviderFailed("the response was lost")
        raise Died


def _fits(fault: StepFault, is_table: bool, call: Callable[..., Any]) -> bool:
    """Return whether a fault can occur at a call."""
    stand_in = getattr(call, "__self__", None)
    if fault in OF_PROVIDER:
        return isinstance(stand_in, FakePayments)
    if fault in OF_SOCKETS:
        return False
    if isinstance(stand_in, FakeSockets):
        return fault in (StepFault.DIED_BEFORE, StepFault.DIED_AFTER)
    if fault is StepFault.CONFLICT:
        return is_table and call.__name__ in WRITES
    return is_table or fault in (StepFault.DIED_BEFORE, StepFault.DIED_AFTER)
