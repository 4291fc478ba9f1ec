"""The tools that read the documents: Node from PyPI, and the packages of package-lock.json under `.local/documents`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
API = ROOT / "docs" / "api"
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
    """The installed packages. folder: where `node_modules` is."""

    folder: Path

    @classmethod
    def installed(cls, folder: Path = ROOT / ".local" / "documents") -> Tools:
        """Install the locked packages, unless the stamp says that they are installed."""
        stamp, content = folder / ".stamp", b"".join((HERE / name).read_bytes() for name in LOCKED)
        digest = hashlib.sha256(content).hexdigest()
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
            folder.mkdir(parents=True, exist_ok=True)
            for name in LOCKED:
                shutil.copy(HERE / name, folder / name)
            run(["npm", "ci"], folder).check_returncode()
            stamp.write_text(digest, encoding="utf-8")
        return cls(folder)

    def node(self, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a script of a package, or a file, with Node."""
        return run(["node", str(self.folder / "node_modules" / script), *map(str, arguments)], self.folder)


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of the virtual environment and return its output."""
    path = str(BIN / command[0])
    return subprocess.run(
        [path, *command[1:]], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=False
    )
