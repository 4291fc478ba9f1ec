"""Headless Chromium that loads pages: the browser of this machine, otherwise the one of an npm package.

`python -m tests.browser.browser` installs it and shows its path.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.node import ROOT, Tools, output_of

HERE = Path(__file__).parent
SCREENSHOTS = ROOT / ".local" / "test" / "screenshots"
COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


class BrowserMissing(Exception):
    """This machine has no browser, and the package has none for it."""


@dataclass(frozen=True)
class Image:
    """An `<img>` of a page. pixel: its middle one, in RGB; None if the page cannot read it."""

    id: str
    complete: bool
    width: int
    height: int
    pixel: list[int] | None


@dataclass(frozen=True)
class Loaded:
    """What a page shows. requests: each with its headers and status. messages: of the console."""

    images: Mapping[str, Image]
    requests: list[dict[str, Any]]
    messages: list[str]

    def size_of(self, name: str) -> tuple[int, int]:
        """Return the natural size of an image; (0, 0) if it did not load."""
        return self.images[name].width, self.images[name].height


@dataclass(frozen=True)
class Shown:
    """A page after one step: what a person reads. small: the buttons that are too low for a finger."""

    url: str
    text: str
    is_too_wide: bool
    small: list[str]


@dataclass(frozen=True)
class Walk:
    """What the steps on a phone showed. requests: the address and type of each. cookies: how many were set."""

    shown: list[Shown]
    requests: list[dict[str, str]]
    messages: list[str]
    cookies: int


@dataclass(frozen=True)
class Browser:
    """A browser and the tools that drive it. libraries: a folder of its shared libraries; empty for those of the machine."""

    tools: Tools
    executable: str
    libraries: str = ""

    @classmethod
    def installed(cls) -> Browser:
        """Return the browser, installed once. Raises: BrowserMissing."""
        tools = Tools.installed(HERE)
        if found := find_browser():
            return cls(tools, found)
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise BrowserMissing("install Chromium or Chrome: the npm package has a browser for Linux on x86-64 alone")
        folder = unpacked(tools)
        return cls(tools, str(folder / "chromium"), str(folder / "al2023" / "lib"))

    def load(self, html: str, screenshot: str) -> Loaded:
        """Load a page from an origin of its own, and return what it shows."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        with serve(html) as address:
            arguments = (self.executable, self.libraries, address, SCREENSHOTS / f"{screenshot}.png")
            done = self.tools.node(str(HERE / "load.mjs"), *arguments)
        if done.returncode:
            raise AssertionError(output_of(done))
        loaded = json.loads(done.stdout)
        images = {one["id"]: Image(**one) for one in loaded["images"]}
        return Loaded(images, loaded["requests"], loaded["messages"])

    def walk(self, steps: Sequence[Mapping[str, str]], screenshot: str, locale: str = "zh-CN") -> Walk:
        """Open addresses and tap on buttons and links on a phone, one after another."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        arguments = (self.executable, self.libraries, SCREENSHOTS / screenshot, locale, json.dumps(steps))
        done = self.tools.node(str(HERE / "walk.mjs"), *arguments)
        if done.returncode:
            raise AssertionError(output_of(done))
        walked = json.loads(done.stdout)
        shown = [Shown(one["url"], one["text"], one["isTooWide"], one["small"]) for one in walked["shown"]]
        return Walk(shown, walked["requested"], walked["messages"], walked["cookies"])


def find_browser() -> str | None:
    """Return the first browser of this machine that starts; in some distributions the command only says how to install one."""
    for command in COMMANDS:
        path = shutil.which(command)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False, timeout=20).returncode == 0:
            return path
    return None


def unpacked(tools: Tools) -> Path:
    """Return the folder of the unpacked browser. It is in `node_modules`, which a new lock file replaces."""
    folder = tools.folder / "node_modules" / ".unpacked"
    if not folder.exists():
        part = folder.with_suffix(".part")  # an interrupted run leaves no half of a browser
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        done = tools.node(str(HERE / "unpack.mjs"), TMPDIR=str(part))
        if done.returncode:
            raise AssertionError(output_of(done))
        part.rename(folder)
    return folder


@contextmanager
def serve(html: str) -> Iterator[str]:
    """Serve a page on a port of its own, which makes it another origin than the API, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path == "/"
            body = html.encode() if is_page else b""
            self.send_response(200 if is_page else 204)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    try:
        print(Browser.installed().executable)
    except BrowserMissing as missing:
        print(missing)  # its tests are skipped with this reason
