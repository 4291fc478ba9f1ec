"""Node from PyPI with the npm packages of a lock file: each folder that has one is installed under `.local`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LOCKED = ("package.json", "package-lock.json", ".npmrc")
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "NO_COLOR": "1",
}


@dataclass(frozen=True)
class Tools:
    """Installed packages. folder: where `node_modules` is."""

    folder: Path

    @classmethod
    def installed(cls, source: Path) -> Tools:
        """Install the packages that a folder locks, unless the stamp says that they are installed."""
        folder = ROOT / ".local" / source.name
        stamp, content = folder / ".stamp", b"".join((source / name).read_bytes() for name in LOCKED)
        digest = hashlib.sha256(content).hexdigest()
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
            folder.mkdir(parents=True, exist_ok=True)
            for name in LOCKED:
                shutil.copy(source / name, folder / name)
            done = run(["npm", "ci"], folder)
            if done.returncode:
                raise AssertionError(output_of(done))
            stamp.write_text(digest, encoding="utf-8")
        return cls(folder)

    def node(self, script: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script of a package, or a file, with Node."""
        return run(["node", str(self.folder / "node_modules" / script), *map(str, arguments)], self.folder, **environment)


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the virtual environment and return its output."""
    path = str(BIN / command[0])
    return subprocess.run(
        [path, *command[1:]],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def output_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a tool printed, on both streams."""
    return f"{done.stdout}\n{done.stderr}"
