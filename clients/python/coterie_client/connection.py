"""A WebSocket of one user: it receives rooms, and reconnects until it is closed."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any, Self

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_socket

from coterie_client.errors import ApiError, ConnectionLost, ResponseMissing, SignInRequired
from coterie_client.models import TicketResponse
from coterie_client.replies import Replies
from coterie_client.retries import Retries, backoff
from coterie_client.room import Room

if TYPE_CHECKING:
    from coterie_client.client import Client

PING_SECONDS = 240.0  # API Gateway closes a connection that is idle for 10 minutes
PONG_SECONDS = 15.0
LIFETIME_SECONDS = 6600.0  # API Gateway closes every connection after 2 hours
REPLY_SECONDS = 15.0
TICK_SECONDS = 0.5  # how late a due ping or subscription can be
MAX_FRAME_BYTES = 256 * 1024
Frame = dict[str, Any]


class Connection:
    """A connection that receives the rooms of one user, over one WebSocket at a time, in a thread of its own.

    When the WebSocket is lost it opens another one after a random, growing pause, and subscribes to all rooms again. What was
    missed in between is read from the history by each room. It reconnects by itself before the access token or the gateway's
    2 hours end, and pings before the gateway's limit for idle connections.

    ping, lifetime: seconds. first, cap: the bounds of the pauses, in seconds. on_frame: is called with each frame that arrives.
    connects: how many WebSockets were opened.
    """

    def __init__(
        self,
        client: Client,
        address: str,
        *,
        ping: float = PING_SECONDS,
        lifetime: float = LIFETIME_SECONDS,
        first: float = 0.25,
        cap: float = 20.0,
        on_frame: Callable[[Frame], None] | None = None,
    ) -> None:
        self.client = client
        self.connects = 0
        self._address, self._ping, self._lifetime, self._bounds = address, ping, lifetime, (first, cap)
        self._on_frame = on_frame
        self._rooms: dict[str, Room] = {}
        self._due: dict[str, float] = {}  # when to subscribe to a room, again if no response comes
        self._lock = threading.Lock()
        self._socket: ClientConnection | None = None
        self._replies = Replies()
        self._failures = 0
        self._ping_at, self._pong_by = inf, inf
        self._open, self._closing = threading.Event(), threading.Event()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="coterie-connection", daemon=True)
        self._thread.start()

    def room(self, circle_id: str, room_id: str, *, after_seq: int = 0, **options: Any) -> Room:
        """Return a room whose messages after a sequence number are received; `options` are those of `Room`.

        after_seq: the highest number that the application has stored.
        """
        room = Room(self, circle_id, room_id, after_seq=after_seq, **options)
        with self._lock:
            if room_id in self._rooms:
                raise ValueError(f"{room_id} is received already")
            self._rooms[room_id] = room
            self._due[room_id] = 0.0
        if self._closing.is_set():
            room.end(self._problem)
        elif self._open.is_set():
            with suppress(OSError, WebSocketException):
                self._subscribe_due()
        return room

    def ask(self, action: str, *, timeout: float = REPLY_SECONDS, **fields: Any) -> Frame:
        """Send a request frame and return the response frame, which can be a problem.

        Raises: ConnectionLost (no response came; the request may have taken effect).
        """
        if self._closing.is_set() or not self._open.wait(timeout):
            raise ConnectionLost("there is no connection")
        reply = self._replies.expect()
        try:
            self._send({"action": action, "ref": reply.ref, **fields})
        except (OSError, WebSocketException) as error:
            self._replies.discard(reply)
            raise ConnectionLost(f"the frame was not sent: {error}") from error
        return self._replies.wait(reply, timeout)

    @property
    def is_open(self) -> bool:
        """Whether there is a WebSocket now, as far as the client has noticed."""
        return self._open.is_set()

    def check(self) -> None:
        """Ping soon: a room has found messages that should have been pushed."""
        self._ping_at = 0.0

    def remove(self, room: Room) -> None:
        """Stop to receive a room. The service goes on to push it until the WebSocket ends; the pushes are ignored."""
        with self._lock:
            self._rooms.pop(room.room_id, None)
            self._due.pop(room.room_id, None)

    def close(self) -> None:
        """Close the WebSocket and end all rooms."""
        self._closing.set()
        with self._lock:
            socket, rooms = self._socket, list(self._rooms.values())
        if socket:
            socket.close()
        for room in rooms:
            room.end(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._reconnect_until_closed()
        except Exception as error:
            self._end_all(error)  # readers wait for this thread
            raise

    def _reconnect_until_closed(self) -> None:
        while not self._closing.is_set():
            wait = 0.0
            try:
                self._serve_one_socket()
            except (SignInRequired, ApiError) as error:
                if not isinstance(error, ApiError) or (error.status < 500 and error.status != 429):
                    self._end_all(error)
                    return
                wait = error.retry_after or 0.0
            except (OSError, WebSocketException, ResponseMissing, httpx.HTTPError):
                pass  # lost, or not reached: the next socket resumes
            self._failures += 1
            self._closing.wait(wait + backoff(self._failures, *self._bounds))

    def _serve_one_socket(self) -> None:
        """Open a WebSocket and serve it until it is lost or has to be replaced.

        Raises: ApiError or SignInRequired (of the ticket), OSError, WebSocketException, ResponseMissing.
        """
        token = self.client.http.tokens.get()
        # A second ticket does no harm, so a repeat is safe.
        ticket = self.client.call(
            "POST", "/socket-tickets", repeatable=True, retries=Retries(deadline=10), model=TicketResponse
        )
        # Random, so that clients which connected together do not return together.
        ends = min(time.monotonic() + self._lifetime * random.uniform(0.85, 1), token.expires_at - PONG_SECONDS)
        address = f"{self._address}?ticket={ticket.ticket}"
        with open_socket(address, open_timeout=10, close_timeout=1, ping_interval=None, max_size=MAX_FRAME_BYTES) as socket:
            self._start(socket)
            try:
                self._receive(socket, ends)
            finally:
                self._stop()

    def _start(self, socket: ClientConnection) -> None:
        with self._lock:
            self._socket, self._due = socket, dict.fromkeys(self._rooms, 0.0)
        self.connects += 1
        self._ping_at, self._pong_by = time.monotonic() + self._ping, inf
        self._open.set()
        self._subscribe_due()

    def _stop(self) -> None:
        self._open.clear()
        with self._lock:
            self._socket = None
        self._replies.lose_all()

    def _receive(self, socket: ClientConnection, ends: float) -> None:
        """Process frames until the WebSocket is lost, or the client is closed, or the time of this WebSocket ends."""
        while not self._closing.is_set() and time.monotonic() < ends:
            try:
                text = socket.recv(timeout=TICK_SECONDS)
            except TimeoutError:
                text = None
            if text is not None:
                self._failures, self._pong_by = 0, inf
                self._process(text)
            self._ping_when_due()
            self._subscribe_due()

    def _ping_when_due(self) -> None:
        """Ping. A WebSocket without any frame since the last ping is lost, even if the network does not notice."""
        now = time.monotonic()
        if now > self._pong_by:
            raise OSError("the ping got no response")
        if now >= self._ping_at:
            self._ping_at, self._pong_by = now + self._ping, now + PONG_SECONDS
            self._send({"action": "ping"})

    def _subscribe_due(self) -> None:
        """Send the subscriptions that are due. Each is sent again if no response comes in time."""
        now = time.monotonic()
        with self._lock:
            due = [self._rooms[room_id] for room_id, at in self._due.items() if at <= now]
            self._due |= {room.room_id: now + REPLY_SECONDS for room in due}
        for room in due:
            ref = f"room:{uuid.uuid4().hex[:8]}:{room.room_id}"
            self._send({"action": "subscribe", "ref": ref, "circle_id": room.circle_id, "room_id": room.room_id})

    def _process(self, text: str | bytes) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if not isinstance(frame, dict):
            return
        if self._on_frame:
            self._on_frame(frame)
        ref = frame.get("ref")
        if frame.get("type") == "messages":
            self._push(frame)
        elif isinstance(ref, str) and ref.startswith("room:"):
            self._settle_subscription(ref.rpartition(":")[2], frame)
        elif isinstance(ref, str):
            self._replies.resolve(ref, frame)

    def _push(self, frame: Frame) -> None:
        with self._lock:
            room = self._rooms.get(str(frame.get("room_id")))
        messages = frame.get("messages")
        if room and isinstance(messages, list):
            for message in messages:
                room.push(message)

    def _settle_subscription(self, room_id: str, frame: Frame) -> None:
        """Let a subscribed room read what it missed; end a room to which the user cannot subscribe any more."""
        is_subscribed = frame.get("type") == "subscribed"
        with self._lock:
            room = self._rooms.get(room_id)
            if room is None or room_id not in self._due:
                return
            if is_subscribed:
                del self._due[room_id]
        if is_subscribed:
            room.resume()
            return
        error = ApiError.of_frame(frame.get("problem") or {}, self.client.http.language)
        if error.status == 429 or error.status >= 500:
            with self._lock:
                self._due[room_id] = time.monotonic() + (error.retry_after or 1.0)
        elif error.status != 401:  # a sign-in that has ended: the next ticket decides
            self.remove(room)
            room.end(error)

    def _send(self, frame: Frame) -> None:
        with self._lock:
            socket = self._socket
        if socket is None:
            raise OSError("there is no connection")
        socket.send(json.dumps(frame, ensure_ascii=False))

    def _end_all(self, error: Exception) -> None:
        """End all rooms, also those that are added later: the user cannot connect any more."""
        self._problem = error
        self._closing.set()
        with self._lock:
            rooms = list(self._rooms.values())
        for room in rooms:
            room.end(error)
