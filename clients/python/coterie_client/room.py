"""A room: its messages once and in order, whatever the network loses or repeats, and sends that are stored once."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any, Self

from coterie_client.delivery import UNKNOWN_OF_PUSH, Counts, Delivery
from coterie_client.errors import ApiError, ConnectionLost, ResponseMissing, RoomClosed, SignInRequired
from coterie_client.models import HistoryResponse, MessageResponse, SentMessageResponse
from coterie_client.retries import Retries

if TYPE_CHECKING:
    from coterie_client.connection import Connection

HISTORY_PAGE = 100
CHECK_SECONDS = 60.0  # a push is best effort, and the last one of a quiet room has no successor that would show its loss
SOCKET_SEND_SECONDS = 5.0
STALE = "after-seq-stale"


class Room:
    """Iterate over a room to get its messages: each once, in the order of their sequence numbers, without gaps.

    Messages are read by the thread that iterates. A push that follows on the last message is delivered at once. After a gap or
    a reconnect the missing messages are read from the history. So a slow reader needs little memory: what does not fit into
    the buffer is read from the history later.

    buffer: the most pushes that wait for the reader. check: after so many seconds without a message, the history is read.
    """

    def __init__(
        self,
        connection: Connection,
        circle_id: str,
        room_id: str,
        *,
        after_seq: int = 0,
        buffer: int = 1000,
        check: float = CHECK_SECONDS,
    ) -> None:
        self.circle_id, self.room_id = circle_id, room_id
        self._connection = connection
        self._path = f"/circles/{circle_id}/rooms/{room_id}/messages"
        self._delivery = Delivery(after_seq, buffer, check)
        self._reader = threading.Lock()  # several threads can read: each message goes to one of them

    @property
    def last_seq(self) -> int:
        """The number of the last message that was delivered; applications store it for the next start."""
        return self._delivery.last_seq

    @property
    def counts(self) -> Counts:
        return self._delivery.counts

    def wait_until_subscribed(self, timeout: float) -> None:
        """Wait until the service pushes this room. Raises: TimeoutError, SubscriptionEnded, RoomClosed."""
        self._delivery.wait_until_subscribed(timeout)

    def __iter__(self) -> Iterator[MessageResponse]:
        """Yield the messages until the room or its connection is closed. Raises: SubscriptionEnded."""
        while True:
            try:
                yield self.next()
            except RoomClosed:
                return

    def next(self, timeout: float | None = None) -> MessageResponse:
        """Return the next message.

        A read of the history that has begun ends first.

        Raises: TimeoutError (none came within `timeout` seconds), SubscriptionEnded (such as after a kick), RoomClosed.
        """
        deadline = time.monotonic() + timeout if timeout is not None else inf
        if not self._reader.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            raise TimeoutError("another thread reads the room")
        try:
            while True:
                message = self._delivery.take(deadline)
                if message is None:
                    self._fetch()
                elif message.kind == "void":
                    self.counts.voids += 1
                else:
                    return message
        finally:
            self._reader.release()

    def send(
        self,
        text: str,
        *,
        listing_id: str | None = None,
        pictures: Sequence[str] = (),
        mentions: Sequence[str] = (),
        mentions_all: bool = False,
        reply_to: int | None = None,
        client_msg_id: str | None = None,
        after_seq: int | None = None,
        deadline: float = 30.0,
    ) -> SentMessageResponse:
        """Send a message and return it as it is stored: once, however many attempts were needed.

        pictures: ids of pictures that were uploaded to this room; with them, the text can be empty.
        mentions: ids of users. mentions_all: for moderators. reply_to: the number of the message that it answers.
        client_msg_id, after_seq: of an earlier call whose outcome is unknown. Without them this is a new message.
        deadline: the seconds that all attempts take together.
        Raises: ApiError, ResponseMissing (the outcome is unknown), SignInRequired.
        """
        more: dict[str, Any] = {"listing_id": listing_id, "pictures": list(pictures), "mentions": list(mentions)}
        more |= {"mentions_all": mentions_all, "reply_to": reply_to}
        body: dict[str, Any] = {
            "client_msg_id": client_msg_id or uuid.uuid4().hex,
            "after_seq": self._delivery.highest if after_seq is None else after_seq,
            "text": text,
            **{name: value for name, value in more.items() if value},
        }
        sent = self._send(body, replace(self._connection.client.http.retries, deadline=deadline))
        self._delivery.see(sent.seq)
        return sent

    def _send(self, body: dict[str, Any], retries: Retries) -> SentMessageResponse:
        try:
            # Over HTTP if the socket has no result, because it does not depend on the connection that was lost.
            return self._send_over_socket(body) or self._connection.client.call(
                "POST", self._path, body, model=SentMessageResponse, repeatable=True, retries=retries
            )
        except ApiError as error:
            if error.code != STALE:
                raise
            return self._find_or_send(body, retries)

    def mark_read(self, seq: int | None = None) -> None:
        """Move the user's read marker forwards: to a number, or to the last message that was delivered."""
        path = self._path.removesuffix("/messages") + "/read-marker"
        self._connection.client.call("PUT", path, {"seq": self.last_seq if seq is None else seq})

    def history(self, after_seq: int = 0) -> Iterator[MessageResponse]:
        """Yield the messages after a number from the history, also voids. What this room delivers stays unchanged."""
        while True:
            page = self._get_page(after_seq, self._connection.client.http.retries)
            yield from page.items
            if not page.has_more:
                return
            after_seq = page.items[-1].seq

    def close(self) -> None:
        """Stop to receive the room."""
        self._connection.remove(self)
        self.end(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def push(self, message: dict[str, Any]) -> None:
        """Receive a pushed message; the connection calls this for each one of a frame."""
        self._delivery.push(message)

    def resume(self) -> None:
        """Read what was missed; the connection calls this after each subscription."""
        self._delivery.resume()

    def end(self, problem: Exception | None) -> None:
        """End the room for its readers; the connection calls this."""
        self._delivery.end(problem)

    def _fetch(self) -> None:
        """Read one page of the history. An error that can pass is followed by a pause, another one ends the room."""
        is_check = self._delivery.begin_fetch()
        try:
            page = self._get_page(self.last_seq, Retries(attempts=1, deadline=10))
        except ResponseMissing:
            self._delivery.fail_fetch(None)
        except (ApiError, SignInRequired) as error:
            if isinstance(error, ApiError) and (error.status == 429 or error.status >= 500):
                self._delivery.fail_fetch(error.retry_after)
            else:
                self._connection.remove(self)
                self.end(error)
        else:
            self._delivery.store(page)
            if page.items and is_check:
                self._connection.check()

    def _get_page(self, after_seq: int, retries: Retries) -> HistoryResponse:
        query = {"after_seq": after_seq, "limit": HISTORY_PAGE}
        return self._connection.client.call("GET", self._path, query=query, retries=retries, model=HistoryResponse)

    def _send_over_socket(self, body: dict[str, Any]) -> SentMessageResponse | None:
        """Return the stored message; None if another attempt must show whether it is stored. Raises: ApiError."""
        if not self._connection.is_open:
            return None
        target = {"circle_id": self.circle_id, "room_id": self.room_id}
        try:
            frame = self._connection.ask("send", timeout=SOCKET_SEND_SECONDS, **target, **body)
        except ConnectionLost:
            return None
        if frame["type"] == "sent":
            return SentMessageResponse.model_validate(frame["message"])
        error = ApiError.of_frame(frame.get("problem") or {}, self._connection.client.http.language)
        if error.status in (401, 429) or error.status >= 500:
            return None  # HTTP renews the token, and waits as long as the API asks for
        raise error

    def _find_or_send(self, body: dict[str, Any], retries: Retries) -> SentMessageResponse:
        """Return the message if the history has it, otherwise send it with the number of the newest message.

        The API denied it because it is too far behind to find out itself. A denied number of blocks is full, so an attempt that
        is still running is denied too: what the history does not have by now is never stored by an earlier attempt.
        """
        newest = body["after_seq"]
        for message in self.history(newest):
            if message.client_msg_id == body["client_msg_id"]:
                return SentMessageResponse.model_validate(message.model_dump(exclude=set(UNKNOWN_OF_PUSH)))
            newest = message.seq
        again = {**body, "after_seq": newest}
        call = self._connection.client.call
        return call("POST", self._path, again, model=SentMessageResponse, repeatable=True, retries=retries)
