"""The content of packages, and that equal source gives an equal package."""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from platform import machine

import pytest

from infra.build import PYTHON, ROOT, Package, code, install, layer_key
from infra.templates import resources, template
from services import SERVICES

LOCKS = ROOT / "requirements"
ARM64 = b"\xb7\x00"  # e_machine of an ELF header
GLIBC = (2, 34)  # of Amazon Linux 2023


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package in a lock file."""
    versions = dict(re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==([^ ;\\]+)", (LOCKS / lock).read_text(encoding="utf-8"), re.M))
    assert versions
    return versions


def names(package: Package) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(package.body)).namelist()


@pytest.mark.parametrize("service", SERVICES)
def test_a_package_contains_only_its_service_and_shared(service: str) -> None:
    inside = names(code(service))
    assert {"services/__init__.py", f"services/{service}/wiring.py"} <= set(inside)
    assert {f"services/{service}/app.py", f"services/{service}/app/__init__.py"} & set(inside)
    assert {name.split("/")[1] for name in inside} == {"__init__.py", "shared", service}
    assert not [name for name in inside if "__pycache__" in name or name.endswith((".pyc", ".md"))]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path in ("__init__.py", "shared/__init__.py", "a/app.py", "a/data.txt", "b/app.py"):
        file = tmp_path / "services" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {path}\n")
    return tmp_path


def test_equal_source_gives_an_equal_package_at_any_time_and_place(tree: Path) -> None:
    first = code("a", tree)
    os.utime(tree / "services/a/app.py", (0, 2_000_000_000))
    (tree / "services/a/app.py").chmod(0o777)
    (tree / "services/a/__pycache__").mkdir()
    (tree / "services/a/__pycache__/app.pyc").write_bytes(b"compiled")
    (tree / "services/b/app.py").write_text("another service changed\n")
    assert code("a", tree) == first
    assert "services/a/data.txt" in names(first)


def test_changed_source_changes_the_key(tree: Path) -> None:
    first = code("a", tree)
    (tree / "services/shared/__init__.py").write_text("changed\n")
    assert code("a", tree).key != first.key


def test_the_key_of_the_layer_depends_on_its_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lambda.lock"
    lock.write_text("one\n")
    first = layer_key(lock)
    lock.write_text("two\n")
    assert layer_key(lock) != first


@pytest.mark.parametrize("service", SERVICES)
def test_functions_run_on_the_platform_of_the_layer(service: str) -> None:
    function = template(service)["Globals"]["Function"]
    assert (function["Runtime"], function["Architectures"]) == (f"python{PYTHON}", ["arm64"])
    for properties in resources(service, "Serverless::Function").values():
        assert not {"Runtime", "Architectures", "Layers"} & properties.keys(), "the function replaces a value of Globals"


def test_the_layer_runs_on_amazon_linux_2023_on_arm64(tmp_path: Path) -> None:
    install(tmp_path)
    libraries = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.so*")}
    assert {name.split("/")[0] for name in libraries} >= {"PIL", "cryptography", "pydantic_core", "regex"}
    for name, library in libraries.items():
        assert library[18:20] == ARM64, f"{name} is not for arm64"
        needed = [(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", library)]
        assert max(needed, default=(0, 0)) <= GLIBC, f"{name} needs a newer glibc"
        assert ".cpython-" not in name or f".cpython-{PYTHON.replace('.', '')}-" in name, f"{name} is for another Python"


def test_locks_are_pinned_by_hash_agree_and_name_no_index() -> None:
    for name in ("lambda.lock", "dev.lock", "bootstrap.lock"):
        text = (LOCKS / name).read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text
        for block in re.split(r"\n(?=[a-z0-9-]+==)", text)[1:]:
            assert "--hash=sha256:" in block
        assert pins(name).items() <= pins("dev.lock").items()


_IMPORT = """
import importlib, sys
sys.path[:0] = sys.argv[1:3]
for path in sys.argv[3:]:
    module, _, function = path.partition(":")
    assert hasattr(importlib.import_module(module), function or "__name__"), path
"""


def imported(service: str) -> set[str]:
    """Return the modules of other distributions that the source of a package imports, at its start or where it uses them."""
    found: set[str] = set()
    for path in (*(ROOT / "services" / service).rglob("*.py"), *(ROOT / "services" / "shared").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module))
    own = {*sys.stdlib_module_names, "services"}
    return {name for name in found if name.split(".")[0] not in own and not name.startswith("mypy_boto3_")}  # types only


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the layer for this machine and this Python."""
    folder = tmp_path_factory.mktemp("layer")
    system = "manylinux_2_28" if sys.platform == "linux" else "apple-darwin"
    install(folder, f"{machine().replace('arm64', 'aarch64')}-{system}", f"{sys.version_info.major}.{sys.version_info.minor}")
    return folder


@pytest.mark.parametrize("service", SERVICES)
def test_every_handler_imports_from_its_package_and_the_layer_alone(service: str, unpacked: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(io.BytesIO(code(service).body)).extractall(tmp_path)
    handlers = [":".join(one["Handler"].rsplit(".", 1)) for one in resources(service, "Serverless::Function").values()]
    libraries = sorted(imported(service))
    assert len(handlers) >= 4 and {"boto3", "chalice.app"} <= set(libraries)
    without_site_packages = [sys.executable, "-I", "-S", "-B", "-c", _IMPORT]
    done = subprocess.run(
        [*without_site_packages, str(tmp_path), str(unpacked), *handlers, *libraries],
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
