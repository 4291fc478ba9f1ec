"""The content of packages, and that equal source gives an equal package."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.build import PYTHON, ROOT, Package, code, layer, layer_key
from infra.templates import template
from services import SERVICES

LOCKS = ROOT / "requirements"
OPTIONAL = {"certifi"}  # botocore uses it if it is installed


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


def test_the_layer_is_built_for_the_runtime_of_the_functions() -> None:
    for service in SERVICES:
        function = template(service)["Globals"]["Function"]
        assert (function["Runtime"], function["Architectures"]) == (f"python{PYTHON}", ["arm64"])
    archive = zipfile.ZipFile(io.BytesIO(layer().body))
    libraries = [name for name in archive.namelist() if ".so" in name]
    assert libraries
    for name in libraries:
        assert archive.open(name).read(20)[18:] == b"\xb7\x00", f"{name} is not for arm64"


def test_locks_are_pinned_by_hash_agree_and_name_no_index() -> None:
    for name in ("lambda.lock", "dev.lock", "bootstrap.lock"):
        text = (LOCKS / name).read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text
        for block in re.split(r"\n(?=[a-z0-9-]+==)", text)[1:]:
            assert "--hash=sha256:" in block
        assert pins(name).items() <= pins("dev.lock").items()


_IMPORT = """
import importlib, importlib.metadata, json, sys
importlib.import_module(sys.argv[1])
distributions = importlib.metadata.packages_distributions()
print(json.dumps(sorted({name for module in sys.modules for name in distributions.get(module, [])})))
"""


@pytest.mark.parametrize("service", SERVICES)
def test_a_package_imports_alone_with_nothing_but_the_locked_dependencies(service: str, tmp_path: Path) -> None:
    zipfile.ZipFile(io.BytesIO(code(service).body)).extractall(tmp_path)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-c", _IMPORT, f"services.{service}.app"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    used = {name.lower().replace("_", "-") for name in json.loads(done.stdout)}
    assert used - pins("lambda.lock").keys() - OPTIONAL == set()
