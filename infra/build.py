"""The packages of a deployment: one zip of source code per service and one layer of dependencies.

A package is named by the hash of its content, so unchanged code is uploaded once.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from services import SERVICES

ROOT = Path(__file__).resolve().parent.parent
PLATFORM, PYTHON = "aarch64-manylinux_2_28", "3.13"  # the runtime of the functions: Amazon Linux 2023 on arm64
LAMBDA_LOCK = ROOT / "requirements" / "lambda.lock"
_EPOCH = (1980, 1, 1, 0, 0, 0)
# Dependencies of Chalice's command line: 14 MB that no function imports.
_TOOLS = {"bin", "pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "distutils-precedence.pth", ".lock"}


class BuildFailed(Exception):
    """A package could not be built; the message says why."""


@dataclass(frozen=True)
class Package:
    """The bytes to upload and their object key."""

    key: str
    body: bytes


def code(service: str, root: Path = ROOT) -> Package:
    """Return the zip of a service: its source and `services/shared`. It holds no other service, no test and no bytecode."""
    services = root / "services"
    files = [services / "__init__.py", *_sources(services / "shared"), *_sources(services / service)]
    body = _zip((path.relative_to(root).as_posix(), path) for path in files)
    return Package(f"code/{service}-{hashlib.sha256(body).hexdigest()[:20]}.zip", body)


def trigger_code(root: Path = ROOT) -> Package:
    """Return the zip of the user pool's trigger: one module, so that no other change of the source replaces it."""
    modules = ("services", "services/shared", "services/shared/security")
    files = [*(f"{folder}/__init__.py" for folder in modules), "services/shared/security/token_trigger.py"]
    body = _zip((path, root / path) for path in files)
    return Package(f"code/trigger-{hashlib.sha256(body).hexdigest()[:20]}.zip", body)


def layer_key(lock: Path = LAMBDA_LOCK) -> str:
    """Return the object key of the layer. It depends on the lock file and the runtime alone, so a deploy can skip the build."""
    return f"layer/{hashlib.sha256(lock.read_bytes() + f'{PLATFORM} {PYTHON}'.encode()).hexdigest()[:20]}.zip"


def layer() -> Package:
    """Return the layer of the locked dependencies. The wheels are for Linux on arm64, on every build machine."""
    with tempfile.TemporaryDirectory() as folder:
        install(target := Path(folder) / "python")
        body = _zip([(path.relative_to(folder).as_posix(), path) for path in _sources(target)], zipfile.ZIP_DEFLATED)
    return Package(layer_key(), body)


def install(target: Path, platform: str = PLATFORM, python: str = PYTHON) -> None:
    """Install the locked dependencies into a folder, without the tools that no function imports.

    platform, python: others than those of the functions let a test import the same dependencies on its own machine.
    """
    command = [sys.executable, "-m", "uv", "--system-certs", "pip", "install", "--quiet", "--target", str(target)]
    command += ["--python-platform", platform, "--python-version", python, "--link-mode", "copy"]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", str(LAMBDA_LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"the dependency layer could not be installed:\n{done.stderr.strip()}")
    for tool in _TOOLS:
        path = target / tool
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _sources(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".md"}
    ]


def _zip(files: Iterable[tuple[str, Path]], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a reproducible zip: sorted names, fixed times and modes.

    Source is stored uncompressed, because the output of deflate differs between zlib versions.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, path in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = method
            archive.writestr(info, path.read_bytes())
    return out.getvalue()


def main() -> None:
    """Write every package under `.build` and print its size."""
    folder = ROOT / ".build"
    packages = [trigger_code(), *(code(service) for service in SERVICES)]
    print("building the dependency layer ...", flush=True)
    for package in [*packages, layer()]:
        path = folder / package.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(package.body)
        print(f"{path.relative_to(ROOT)}  {len(package.body) / 1024:,.0f} KB", flush=True)


if __name__ == "__main__":
    try:
        main()
    except BuildFailed as failure:
        sys.exit(f"build: {failure}")
