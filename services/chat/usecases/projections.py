"""Chat's own view of circles and their members, fed by events: duplicates, reordering and replay change nothing."""

from __future__ import annotations

from services.chat.domain import Circle, MemberState, Participant, Room
from services.chat.repository import rooms, sockets
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import derive_id
from services.shared.kernel.observability import MetricUnit, record_metric
from services.shared.messaging.events import (
    AccountStatusChanged,
    CircleActivated,
    CircleChanged,
    MembershipChanged,
)
from services.shared.security.account_status import SanctionLevel, get_account_status, put_account_status


def open_lobby(ports: Ports, event: CircleActivated) -> None:
    """Every open circle has a lobby; its id is the circle's."""
    data = event.data
    keep_circle(ports, event)
    room = Room(derive_id("rom", data.circle_id), data.circle_id, data.name, event.entity_version)
    rooms.open_room(ports.table, room, ports.new_id("txn"))


def keep_circle(ports: Ports, event: CircleActivated | CircleChanged) -> None:
    """Take over whose a circle is, and whether it can only be read."""
    data = event.data
    circle = Circle(
        data.circle_id, data.owner_id, data.state in ("read_only", "closed"), data.read_only_until, event.entity_version
    )
    rooms.keep_circle(ports.table, circle)


def keep_participant(ports: Ports, event: MembershipChanged) -> None:
    """Take over a membership. Whoever is out loses their sockets: first the tombstone, then the connections, read
    strongly; a subscription that crosses it reads membership after announcing itself, so one of the two sees the other."""
    data = event.data
    stands_as = (data.role, MemberState(data.state), event.entity_version, data.muted_until)
    news = Participant(data.circle_id, data.user_id, *stands_as)
    stands = rooms.keep_participant(ports.table, news)
    if not stands.is_in:
        _close(ports, data.circle_id, data.user_id)
    if stands is news:  # a replay is no lag
        lag = millis(ports.clock()) - millis(event.occurred_at)
        record_metric("MembershipLag", lag, MetricUnit.Milliseconds)


def apply_account_status_changed(ports: Ports, event: AccountStatusChanged) -> None:
    """Take over a person's standing; a suspension ends all their sockets."""
    put_account_status(ports.table, event)
    if (
        get_account_status(ports.table, event.data.user_id, consistent_read=True)
        .at(ports.clock())
        .includes(SanctionLevel.SUSPENDED)
    ):
        for row in rooms.list_participations(ports.table, event.data.user_id, 1000, None).items:
            _close(ports, row["circle_id"], event.data.user_id)


def _close(ports: Ports, circle_id: str, user_id: str) -> None:
    for room in rooms.list_rooms(ports.table, circle_id):
        for socket in sockets.announced(ports.table, room.id, user_id):
            ports.sockets.close(socket.connection_id)
            sockets.forget_socket(ports.table, socket.connection_id)
