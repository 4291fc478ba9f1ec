"""The deletion of an account: its request, its withdrawal, the checks of other services, and the time at which it begins."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from services.circles.domain.deletion import ContentChoice, Deletion, DeletionState, Obstacle, ObstacleKind
from services.circles.errors import DeletionNotFound, OwnerCannotDeleteAccount
from services.circles.repository import circles
from services.circles.repository import deletions as repository
from services.circles.usecases.account_erasure import erase_user
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime
from services.shared.messaging.events import AccountDeleted, DeletionChecked, DeletionRequested, SignedOut, UserErased
from services.shared.messaging.outbox import pending_events
from services.shared.security.account_status import put_sign_out
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import Changed, update

MAX_DELETIONS_PER_RUN = 10
SERVICE = "circles"
NO_SIGN_IN_COUNTS = 4_102_444_800  # 2100-01-01 in seconds since 1970: every sign-in is before it, also one after the deletion


def request_deletion(ports: Ports, caller: Caller, content: ContentChoice) -> Deletion:
    """Request the deletion of the caller's account and return it.

    Other services check what must be finished first. If nothing is, it is scheduled. Unchanged if it is requested; the choice
    for the content can change until the erasure begins.
    Cost: 2 write units and 3.5 read units, if the user is in one circle.
    Raises: OwnerCannotDeleteAccount (with the circles), DeletionStarted, RateLimitReached.
    """
    if circle_ids := circles.list_owned_circle_ids(ports.table, caller.user_id):
        raise OwnerCannotDeleteAccount(circles=sorted(circle_ids))

    def request(deletion: Deletion) -> Deletion | Changed[Deletion]:
        after = deletion.request(content, at=ports.clock())
        return Changed(after, [DeletionRequested]) if after.check != deletion.check else after

    load = partial(repository.load_deletion_or, ports.table, caller.user_id)
    return update(ports, load, request, slot=change_slot(ports, caller))


def get_deletion(ports: Ports, caller: Caller) -> Deletion:
    """Return the deletion of the caller's account. Cost: 1.5 read units. Raises: DeletionNotFound (none is requested)."""
    deletion = repository.find_deletion(ports.table, caller.user_id)
    if deletion is None or deletion.state is DeletionState.WITHDRAWN:
        raise DeletionNotFound
    return deletion


def withdraw_deletion(ports: Ports, caller: Caller) -> None:
    """Keep the account. Unchanged if no deletion is requested.

    The state is the condition of the write: of a withdrawal and the schedule at the same time, one wins.
    Cost: 1 write unit and 1.5 read units.
    Raises: DeletionStarted.
    """
    load = partial(repository.load_deletion_or, ports.table, caller.user_id)
    update(ports, load, lambda deletion: deletion.withdraw(at=ports.clock()))


def add_deletion_check(ports: Ports, event: DeletionChecked) -> None:
    """Add what another service found. Without an obstacle, the erasure is scheduled, or begins."""
    data, service = event.data, event.SOURCE.removeprefix("coterie.")
    obstacles = tuple(Obstacle(ObstacleKind(found.kind), found.id) for found in data.obstacles)

    def change(deletion: Deletion) -> Deletion | Changed[Deletion]:
        after = deletion.apply_checked(service, data.check, obstacles, at=ports.clock())
        return Changed(after, [AccountDeleted]) if after.has_begun and not deletion.has_begun else after

    with suppress(DeletionNotFound):
        after = update(ports, partial(repository.load_deletion, ports.table, data.user_id), change)
        if after.state is DeletionState.DELETING:
            _end_sign_ins(ports, data.user_id)


def _end_sign_ins(ports: Ports, user_id: str) -> None:
    """End every sign-in of the user, also later ones: in no service a token of this user counts again."""
    put_sign_out(ports.table, user_id, NO_SIGN_IN_COUNTS, pending_events(ports.new_id, ports.clock(), SignedOut))


def add_user_erased(ports: Ports, event: UserErased) -> None:
    """Record that another service has erased the user."""
    _apply_erased(ports, event.data.user_id, event.SOURCE.removeprefix("coterie."))


def _apply_erased(ports: Ports, user_id: str, service: str) -> None:
    load = partial(repository.load_deletion, ports.table, user_id)
    with suppress(DeletionNotFound):
        update(ports, load, lambda deletion: deletion.apply_erased(service, at=ports.clock()))


def process_deletions(ports: Ports, has_time: HasTime) -> None:
    """Check the deletions that are due again, and erase the users whose deletion has begun, while there is time."""
    for user_id in repository.list_due_users(ports.table, ports.clock(), MAX_DELETIONS_PER_RUN):
        if not has_time():
            return
        try:
            _process(ports, user_id, has_time)
        except ConditionFailed:
            continue
        except Exception as error:  # noqa: BLE001 (one user whose erasure fails must not stop the others; the next run retries it)
            logger().warning("deletion not processed", error_type=type(error).__name__)


def _process(ports: Ports, user_id: str, has_time: HasTime) -> None:
    deletion = repository.load_deletion(ports.table, user_id).entity
    if deletion.work_due_at is None or deletion.work_due_at > ports.clock():
        return
    if deletion.state is DeletionState.SCHEDULED:
        _check_again(ports, user_id)
    elif SERVICE in deletion.waiting_for:
        _end_sign_ins(ports, user_id)  # again: the event that began the erasure can have crashed before it
        if all(has_time() for _ in erase_user(ports, user_id, deletion.content)):
            _apply_erased(ports, user_id, SERVICE)
    else:
        ports.user_pool.delete_user(user_id)
        load = partial(repository.load_deletion, ports.table, user_id)
        update(ports, load, lambda deletion: deletion.complete(at=ports.clock()))


def _check_again(ports: Ports, user_id: str) -> None:
    """Begin the check before the erasure, unless the user has withdrawn."""
    circle_ids = sorted(circles.list_owned_circle_ids(ports.table, user_id))
    obstacles = tuple(Obstacle(ObstacleKind.CIRCLE, circle_id) for circle_id in circle_ids)

    def check(deletion: Deletion) -> Deletion | Changed[Deletion]:
        if deletion.state is not DeletionState.SCHEDULED:
            return deletion
        return Changed(deletion.begin_check(obstacles, at=ports.clock()), [DeletionRequested])

    update(ports, partial(repository.load_deletion, ports.table, user_id), check)
