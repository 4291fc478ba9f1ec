"""The load test of pushes: a small run, and its gateway with a WebSocket client of its own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from botocore.credentials import Credentials
from websockets.sync.client import connect

from bench.load import measure_bursts, measure_echo, measure_service
from bench.load_processes import Process, connected_room
from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.sockets import GatewaySockets

pytestmark = pytest.mark.enable_socket
MAX_TIMES_ECHO = 40  # 4 to 6 on a quiet machine; 15 with a signer of botocore and threads
MAX_CPU = 0.3  # milliseconds a delivery: 0.05 on a quiet machine; a message has its own cost, which 100 members share


def test_h3_a_message_reaches_100_connections_in_a_bounded_multiple_of_a_bare_echo() -> None:
    """The ratio is within one run, because the machine can be busy."""
    loads = []
    for step in (measure_echo, measure_service, measure_bursts):
        with connected_room(100) as room:
            loads.append(step(room, 10))
    echo, service, bursts = loads
    assert service.last <= MAX_TIMES_ECHO * echo.last
    assert service.cpu is not None and bursts.cpu is not None
    assert bursts.cpu < service.cpu < MAX_CPU


def test_the_gateway_of_the_load_test_speaks_websocket_and_answers_as_api_gateway_does() -> None:
    gateway = Process("load_gateway")
    try:
        port = int(gateway.line())
        sockets = GatewaySockets(Endpoint(f"http://127.0.0.1:{port}/live"), "us-east-1", Credentials("key", "secret"))
        with connect(f"ws://127.0.0.1:{port}/live?id=a=", open_timeout=5, compression=None) as websocket:
            frame = {"text": "鸟" * 3000}
            assert sockets.post_all({"a=": frame, "unknown": frame}) == {"unknown"}
            assert json.loads(websocket.recv(5)) == frame
            websocket.send("早" * 100)
            assert websocket.recv(5) == "早" * 100
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/live/@connections/a=", data=b"{}", timeout=5)
            sockets.close("a=")
            assert list(websocket) == []
    finally:
        gateway.end()


def test_the_gateway_of_the_load_test_throttles() -> None:
    gateway = Process("load_gateway", 1)
    try:
        endpoint = Endpoint(f"http://127.0.0.1:{gateway.line().strip()}/live")
        sockets = GatewaySockets(endpoint, "us-east-1", Credentials("key", "secret"))
        assert len(sockets.post_all({f"unknown-{number}": {} for number in range(20)})) <= 3
    finally:
        gateway.end()
