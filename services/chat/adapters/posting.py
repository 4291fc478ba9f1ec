"""Many requests at once over kept connections, by one selector, without a thread per request.

No request waits for one that is slow, each has a time limit, and so has the whole call. Pipelining is not used: one request is
in flight per connection.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile

from services.chat.adapters.kept_sockets import Endpoint, KeptSocket
from services.chat.adapters.responses import Response, ResponseInvalid

REQUEST_SECONDS = 1.5  # of one request: connecting, sending and its response
CALL_SECONDS = 5.0  # of all requests of one call: half the time of a function
SLOW_SECONDS = 0.1  # a request that takes longer holds no place of others
RETRY_SECONDS = 0.2  # after which a throttled request is sent once more
MAX_IN_FLIGHT = 64  # without the slow ones
MAX_SOCKETS = 128
REQUESTS_PER_SOCKET = 4  # a TLS handshake costs as much as some requests: a small room opens fewer connections
THROTTLED = 429
NO_RESPONSE = 0  # the status of a request without a response


@dataclass(slots=True, eq=False)
class Request:
    """One request: `build` makes its bytes when it is sent. status: of its response, once it has one."""

    id: str
    build: Callable[[str], bytes]
    status: int = NO_RESPONSE
    begun_at: float = 0.0
    is_repeated: bool = False


class Poster:
    """Sends requests to one endpoint. Its connections are kept, also over the invocations of a function."""

    def __init__(self, endpoint: Endpoint, clock: Callable[[], float] = time.monotonic) -> None:
        self._endpoint, self._clock = endpoint, clock
        self._selector = selectors.DefaultSelector()
        self._idle: list[KeptSocket] = []
        self._busy: dict[KeptSocket, Request] = {}  # in the order in which their requests began
        self._waiting: deque[Request] = deque()
        self._throttled: deque[tuple[float, Request]] = deque()
        self._wanted = 1  # connections

    def send_all(self, requests: Iterable[Request]) -> None:
        """Send requests and wait for their responses. One without a response in time keeps the status `NO_RESPONSE`."""
        self._waiting.extend(requests)
        self._wanted = min(MAX_IN_FLIGHT, 1 + len(self._waiting) // REQUESTS_PER_SOCKET)
        ends_at = self._clock() + CALL_SECONDS
        try:
            self._process_events(0)  # connections that the server has closed meanwhile
            while self._begin_waiting() and self._clock() < ends_at:
                self._process_events(self._pause(ends_at))
                self._expire()
        finally:
            self._waiting.clear()
            self._throttled.clear()
            for each in list(self._busy):
                self._drop(each)

    def _begin_waiting(self) -> bool:
        """Begin what can begin now; return whether any request has no outcome yet."""
        now = self._clock()
        while self._throttled and self._throttled[0][0] <= now:
            self._waiting.append(self._throttled.popleft()[1])
        while self._waiting and (self._idle or self._can_open(now)):
            self._begin(self._waiting.popleft(), now)
        return bool(self._waiting or self._busy or self._throttled)

    def _can_open(self, now: float) -> bool:
        """Whether another connection is of use: those with a slow request do not count, up to a limit."""
        slow = sum(1 for _ in takewhile(lambda request: now - request.begun_at > SLOW_SECONDS, self._busy.values()))
        return len(self._busy) - slow < self._wanted and len(self._busy) < MAX_SOCKETS

    def _begin(self, request: Request, now: float) -> None:
        if self._idle:
            each = self._idle.pop()
        else:
            try:
                each = KeptSocket(self._endpoint)
            except OSError:
                return  # the request has no response
            self._selector.register(each.fd, each.wants, each)
        self._busy[each] = request
        request.begun_at = now
        self._advance(each, lambda: each.begin(request.build(request.id)))

    def _advance(self, each: KeptSocket, step: Callable[[], Response | None]) -> None:
        try:
            response = step()
        except (OSError, ResponseInvalid):
            self._fail(each)
            return
        if response:
            self._complete(each, response)
        elif self._selector.get_key(each.fd).events != each.wants:
            self._selector.modify(each.fd, each.wants, each)

    def _complete(self, each: KeptSocket, response: Response) -> None:
        request = self._busy.pop(each)
        request.status = response.status
        if response.status == THROTTLED and not request.is_repeated:
            request.is_repeated = True
            self._throttled.append((self._clock() + RETRY_SECONDS, request))
        if response.is_reusable:
            self._idle.append(each)
        else:
            self._close(each)

    def _fail(self, each: KeptSocket) -> None:
        """Drop a connection. A request on one that was kept is sent once more: the server has closed it while it was idle."""
        request, was_kept = self._busy.pop(each), each.has_served and not each.has_received
        self._close(each)
        if was_kept and not request.is_repeated:
            request.is_repeated = True
            self._waiting.appendleft(request)

    def _process_events(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            each: KeptSocket = key.data
            if each in self._busy:
                self._advance(each, each.advance)
            elif each.is_stale():
                self._idle.remove(each)
                self._close(each)

    def _expire(self) -> None:
        late = self._clock() - REQUEST_SECONDS
        for each, _ in list(takewhile(lambda entry: entry[1].begun_at <= late, self._busy.items())):
            self._drop(each)

    def _pause(self, ends_at: float) -> float:
        """Return the seconds until something is due without an event."""
        due = ends_at
        if self._busy:
            first = next(iter(self._busy.values())).begun_at
            due = min(due, first + (SLOW_SECONDS if self._waiting else REQUEST_SECONDS))
        if self._throttled:
            due = min(due, self._throttled[0][0])
        return max(0.001, due - self._clock())

    def _drop(self, each: KeptSocket) -> None:
        del self._busy[each]
        self._close(each)

    def _close(self, each: KeptSocket) -> None:
        self._selector.unregister(each.fd)
        each.close()
