"""The snippets of docs/guides run as they are printed there, against the services in process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from coterie_client import Client

from simulation.api.build import build_api_fixture
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser
from tests.client.streams import streams_of
from tests.support.guides import GUIDES, LANGUAGES, run_bash, run_python, run_typescript, snippets
from tests.support.served_api import ServedApi

README = GUIDES.parents[1] / "clients" / "python" / "README.md"
PAGES = ("idempotency", "errors", "pagination", "sockets")


@pytest.fixture(scope="module")
def api(served: ServedApi) -> Iterator[ApiFixture]:
    """A circle with its events processed in the background."""
    api = build_api_fixture(served.gateway)
    with streams_of(served):
        yield api


@pytest.fixture
def environment(served: ServedApi, api: ApiFixture, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment that the guides name, with a new user, who can join, and the circle of a member."""
    environment = {
        "COTERIE_URL": served.url,
        "COTERIE_SOCKET_URL": served.socket_url,
        "COTERIE_TOKEN": served.sign_in(ApiUser()),
        "COTERIE_PASSCODE": api.passcode,
        "CIRCLE_ID": api.ids["circle_id"],
        "ROOM_ID": api.ids["room_id"],
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def member(served: ServedApi, api: ApiFixture, environment: dict[str, str]) -> dict[str, str]:
    """The environment, signed in as a member of the circle."""
    return {**environment, "COTERIE_TOKEN": served.sign_in(api.users["regular"])}


def stored_texts(served: ServedApi, api: ApiFixture) -> list[str]:
    client = Client(served.url, served.sign_in(api.users["owner"]))
    path = f"/circles/{api.ids['circle_id']}/rooms/{api.ids['room_id']}/messages"
    return [message["text"] for message in client.call("GET", path, query={"limit": 100})["items"]]


def test_the_quick_start_of_the_client(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    first = snippets(README, "python").partition("from coterie_client.models")[0]
    exec(compile(first, str(README), "exec"), {})
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("{")]  # metrics of the services
    assert lines[0] == "今早在江边看到白鹭。"
    assert lines[-1].endswith(" 大家好")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_quick_start(
    language: str, served: ServedApi, api: ApiFixture, environment: dict[str, str], tmp_path: Path
) -> None:
    page, before = GUIDES / "quick-start.md", stored_texts(served, api).count("大家好")
    if language == "python":
        run_python(page, {})
    else:
        output = run_bash(page, environment) if language == "bash" else run_typescript(page, environment, tmp_path)
        assert "大家好" in output
    assert stored_texts(served, api).count("大家好") == before + 1


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_guide(page: str, member: dict[str, str], api: ApiFixture) -> None:
    client = Client(member["COTERIE_URL"], member["COTERIE_TOKEN"], socket_url=member["COTERIE_SOCKET_URL"])
    names = {"client": client, "circle_id": api.ids["circle_id"], "room_id": api.ids["room_id"]}
    after = run_python(GUIDES / f"{page}.md", dict(names))
    assert len(after) > len(names)


@pytest.mark.parametrize(("page", "expected"), [("idempotency", "苇莺。"), ("errors", "不存在"), ("pagination", "next_cursor")])
def test_the_shell_of_a_guide(page: str, expected: str, member: dict[str, str]) -> None:
    assert expected in run_bash(GUIDES / f"{page}.md", member)


@pytest.mark.parametrize(("page", "expected"), [("pagination", "白鹭"), ("sockets", "看到了，在桥下")])
def test_the_typescript_of_a_guide(page: str, expected: str, member: dict[str, str], tmp_path: Path) -> None:
    assert expected in run_typescript(GUIDES / f"{page}.md", member, tmp_path)


def test_every_snippet_of_every_guide_is_run() -> None:
    tested = {(page, "python") for page in PAGES} | {("quick-start", language) for language in LANGUAGES}
    tested |= {(page, "bash") for page in ("idempotency", "errors", "pagination")}
    tested |= {(page, "ts") for page in ("pagination", "sockets")} | {("pictures", "python")}  # tests/e2e
    present = {(page.stem, language) for page in GUIDES.glob("*.md") for language in LANGUAGES if snippets(page, language)}
    assert present - {("signing-in", language) for language in LANGUAGES} == tested
    for page in (README, *GUIDES.glob("*.md")):
        compile(snippets(page, "python"), str(page), "exec")
