"""Which browser the tests take, and how the packaged one is unpacked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.browser import Browser, BrowserMissing, find_browser, unpacked
from tests.support.node import Tools


def put_command(folder: Path, name: str, code: int) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_browser_of_the_machine_is_taken_if_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.browser.browser.COMMANDS", ("chromium", "google-chrome"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() is None
    put_command(tmp_path, "chromium", 1)
    assert find_browser() is None
    chrome = put_command(tmp_path, "google-chrome", 0)
    assert find_browser() == chrome


def test_a_machine_without_a_browser_that_the_package_does_not_support_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.browser.find_browser", lambda: None)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setattr(Tools, "installed", lambda source: Tools(tmp_path))
    with pytest.raises(BrowserMissing, match="install Chromium or Chrome"):
        Browser.installed()


def test_a_browser_that_was_unpacked_in_half_is_unpacked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(tools: Tools, script: str, **environment: str) -> object:
        assert Path(environment["TMPDIR"]).is_dir()
        (Path(environment["TMPDIR"]) / "chromium").touch()
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(Tools, "node", unpack)
    half = tmp_path / "node_modules" / ".unpacked.part" / "half"
    half.mkdir(parents=True)
    for _ in range(2):
        assert [path.name for path in unpacked(Tools(tmp_path)).iterdir()] == ["chromium"]
    assert not half.exists()
