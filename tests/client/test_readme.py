"""The quick start of the client's README runs as it is printed there."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulation.api.build import build_api_fixture
from simulation.api.gateway import ApiUser
from tests.contracts.vocabulary import ROOT
from tests.support.served_api import ServedApi

README = ROOT / "clients" / "python" / "README.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@contextmanager
def streams_of(served: ServedApi) -> Iterator[None]:
    """Process events while the block runs, as the relay and the inbox functions do."""
    stop = threading.Event()

    def process() -> None:
        while not stop.wait(0.05):
            served.run_streams()

    thread = threading.Thread(target=process)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def test_the_quick_start_joins_posts_and_talks(
    served: ServedApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api = build_api_fixture(served.gateway)
    environment = {
        "COTERIE_URL": served.url,
        "COTERIE_SOCKET_URL": served.socket_url,
        "COTERIE_TOKEN": served.sign_in(ApiUser()),
        "COTERIE_PASSCODE": api.passcode,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with streams_of(served):
        exec(compile(SNIPPETS[0], str(README), "exec"), {})
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("{")]  # metrics of the services
    assert lines[0] == "今早在江边看到白鹭。"
    assert lines[-1].endswith(" 大家好")


def test_all_snippets_are_python() -> None:
    for snippet in SNIPPETS:
        compile(snippet, str(README), "exec")
