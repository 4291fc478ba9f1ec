"""The processes behind a laptop cloud, MiniStack and the payment sandbox: a free port, a start that is waited for, a stop
that hits nobody else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from infra.aws import DUMMY

USUAL_PORT = 4566
OURS = {"ministack", "infra.provider"}


class LocalFailed(Exception):
    """The laptop cloud cannot do what was asked; the message says why and what to do."""


def is_free(port: int) -> bool:
    """Whether nobody listens on the loopback port."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def choose_port(wanted: int | None) -> int:
    """The wanted port or a failure; without a wish the usual one, or any free one."""
    if wanted is None:
        return USUAL_PORT if is_free(USUAL_PORT) else free_port()
    if not is_free(wanted):
        who = "another MiniStack" if is_healthy(wanted) else "another program"
        raise LocalFailed(
            f"port {wanted} is taken by {who} that this checkout did not start. "
            f"Stop it (`lsof -i :{wanted}` names it), or choose a port: make up PORT={wanted + 1}, "
            "or let one be chosen: make up"
        )
    return wanted


def start(port: int, home: Path) -> int:
    """Start an empty cloud on loopback; its process id once it answers."""
    temporary = home / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return _start(["ministack"], _environment(port, temporary), home / "cloud.log", lambda: is_healthy(port))


def start_provider(port: int, home: Path) -> int:
    """Start the payment sandbox on loopback; its process id once it answers."""
    return _start(["infra.provider", str(port)], dict(os.environ), home / "provider.log", lambda: not is_free(port))


def _start(command: list[str], environment: dict[str, str], path: Path, answers: Callable[[], bool]) -> int:
    with path.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal is for the command, not for the cloud
        )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise LocalFailed(f"{command[0]} ended at once; its last words:\n{_tail(path)}")
        if answers():
            return child.pid
        time.sleep(0.05)
    stop(child.pid)
    raise LocalFailed(f"{command[0]} did not answer within a minute; its last words:\n{_tail(path)}")


def stop(pid: int) -> bool:
    """End exactly this process if it still is one of ours; whether there was one to end."""
    if not is_ours(pid):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if _reaped(pid) or not is_ours(pid):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    _reaped(pid)
    return True


def is_ours(pid: int) -> bool:
    """Whether the recorded id is still what we started: ids are given out again, and a stranger must not be ended."""
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists():
        words = command.read_bytes().decode(errors="replace").split("\0")
    else:
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        words = listed.stdout.split()
    return not OURS.isdisjoint(words)


def is_healthy(port: int) -> bool:
    """Whether a MiniStack answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _reaped(pid: int) -> bool:
    """Collect the process if it is a child of ours; a dead child that nobody collects still looks alive."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False


def _environment(port: int, temporary: Path) -> dict[str, str]:
    """The child's own environment. Nothing of the caller's goes in but where programs are and how text is written:
    functions inherit all of it, and a stray AWS_PROFILE or PERSIST_STATE would change what they do."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        **DUMMY,
        "AUTH": "true",  # each function may do what its template's policies say, and no more
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # it runs code for whoever can reach it
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": DUMMY["AWS_REGION"],
        "IOT_MTLS_ENABLED": "0",  # both would take a port of their own
        "SFTP_ENABLED": "0",
        "LAMBDA_WARM_TTL_SECONDS": "3600",  # a burst's extra workers stay warm
        "LAMBDA_ACCOUNT_CONCURRENCY": "64",
        "PYTHONDONTWRITEBYTECODE": "1",  # workers unpack into throw-away folders
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
    }


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
