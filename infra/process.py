"""The processes of a laptop cloud: MiniStack and the payment sandbox.

Each is started on a loopback port and stopped by its process id, so no other process is ever stopped.
"""

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

DEFAULT_PORT = 4566
OURS = {"infra.ministack", "infra.provider"}


class LocalFailed(Exception):
    """An operation of the laptop cloud failed; the message says why and names the next step."""


def is_free(port: int) -> bool:
    """Whether the loopback port is free."""
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
    """Return a free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def choose_port(wanted: int | None) -> int:
    """Return the wanted port, or the default port, or any free port.

    Raises: LocalFailed (the wanted port is in use).
    """
    if wanted is None:
        return DEFAULT_PORT if is_free(DEFAULT_PORT) else free_port()
    if not is_free(wanted):
        user = "another MiniStack" if is_healthy(wanted) else "another program"
        raise LocalFailed(
            f"port {wanted} is in use by {user} that this checkout did not start. "
            f"Stop it (`lsof -i :{wanted}` names it), or choose a port: make up PORT={wanted + 1}, "
            "or let `make up` choose one: make up"
        )
    return wanted


def start(port: int, home: Path) -> int:
    """Start an empty cloud on loopback and return its process id when it responds."""
    temporary = home / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return _start(["infra.ministack"], _environment(port, temporary), home / "cloud.log", lambda: is_healthy(port))


def start_provider(port: int, home: Path) -> int:
    """Start the payment sandbox on loopback and return its process id when it responds."""
    return _start(["infra.provider", str(port)], dict(os.environ), home / "provider.log", lambda: not is_free(port))


def _start(command: list[str], environment: dict[str, str], path: Path, responds: Callable[[], bool]) -> int:
    with path.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal stops the command, not the cloud
        )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise LocalFailed(f"{command[0]} exited at once; the end of its log:\n{_tail(path)}")
        if responds():
            return child.pid
        time.sleep(0.05)
    stop(child.pid)
    raise LocalFailed(f"{command[0]} did not respond within a minute; the end of its log:\n{_tail(path)}")


def stop(pid: int) -> bool:
    """Stop this process if this checkout started it, and return whether it did."""
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
    """Whether the process with this id is one that this checkout started.

    The operating system reuses process ids, so the command line is compared too.
    """
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists():
        arguments = command.read_bytes().decode(errors="replace").split("\0")
    else:
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        arguments = listed.stdout.split()
    return not OURS.isdisjoint(arguments)


def is_healthy(port: int) -> bool:
    """Whether a MiniStack responds on the port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _reaped(pid: int) -> bool:
    """Reap the process if it is an exited child. Until then, an exited child still looks like a running process."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False


def _environment(port: int, temporary: Path) -> dict[str, str]:
    """Return the environment of MiniStack, which every function inherits.

    It has only a few variables of the caller, because an AWS_PROFILE or PERSIST_STATE would change how functions behave.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **inherited,
        **DUMMY,
        "AUTH": "true",  # enforces the policies of the templates
        "MINISTACK_COGNITO_PRETOKEN_STRICT": "1",  # a trigger that fails ends the sign-in, as on AWS
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # never on another interface: it runs the code of any caller
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": DUMMY["AWS_REGION"],
        "IOT_MTLS_ENABLED": "0",  # these two servers would each open a port
        "SFTP_ENABLED": "0",
        "LAMBDA_WARM_TTL_SECONDS": "3600",  # the additional workers of a burst stay warm
        "LAMBDA_ACCOUNT_CONCURRENCY": "64",
        "PYTHONDONTWRITEBYTECODE": "1",  # workers unpack into temporary folders
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
    }


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
