"""Chat's own view of circles and their members, fed by events: duplicates, reordering and replay change nothing."""

from __future__ import annotations

from services.chat.domain import Participant, Room, Standing
from services.chat.repository import rooms, sockets
from services.chat.usecases.ports import Ports
from services.shared import auth
from services.shared.clock import millis
from services.shared.events import CircleActivated, MembershipChanged, PersonSuspended
from services.shared.ids import sibling
from services.shared.observe import MetricUnit, count


def open_lobby(ports: Ports, event: CircleActivated) -> None:
    """Every open circle has a lobby; its id is the circle's."""
    data = event.data
    room = Room(sibling("rom", data.circle_id), data.circle_id, data.name, event.entity_version)
    rooms.open_room(ports.table, room, ports.new_id("txn"))


def keep_participant(ports: Ports, event: MembershipChanged) -> None:
    """Take over a membership. Whoever is out loses their sockets: first the tombstone, then the connections, read
    strongly; a subscription that crosses it reads membership after writing its row, so one of the two sees the other."""
    data = event.data
    news = Participant(data.circle_id, data.user_id, data.role, Standing(data.state), event.entity_version)
    stands = rooms.keep_participant(ports.table, news)
    if not stands.is_in:
        _close(ports, data.circle_id, data.user_id)
    if stands is news:  # a replay is no lag
        lag = millis(ports.clock()) - millis(event.occurred_at)
        count("MembershipLag", lag, MetricUnit.Milliseconds)


def keep_standing(ports: Ports, event: PersonSuspended) -> None:
    """Take over whether a person's tokens count; a suspension ends all their sockets."""
    data = event.data
    auth.keep_standing(
        ports.table,
        user_id=data.user_id,
        suspended=data.suspended,
        valid_after=data.valid_after,
        version=event.entity_version,
    )
    if data.suspended:
        for row in rooms.list_participations(ports.table, data.user_id, 1000, None).items:
            _close(ports, row["circle_id"], data.user_id)


def _close(ports: Ports, circle_id: str, user_id: str) -> None:
    for room in rooms.list_rooms(ports.table, circle_id):
        for socket in sockets.listeners(ports.table, room.id, user_id=user_id, strong=True):
            ports.sockets.close(socket.connection_id)
            sockets.forget_socket(ports.table, socket.connection_id)
