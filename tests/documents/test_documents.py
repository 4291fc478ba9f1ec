"""Linters find nothing in the documents, and generators make clients of them that compile, without a warning."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from services import SERVICES
from tests.support.node import ROOT, Tools, output_of, run

HERE = Path(__file__).parent
API = ROOT / "docs" / "api"
JOINED = API / "openapi.json"
OPERATIONS = [spec for item in json.loads(JOINED.read_text(encoding="utf-8"))["paths"].values() for spec in item.values()]


def test_spectral_finds_nothing(tools: Tools) -> None:
    """In the joined document, which has all parts of the others: each document takes seconds."""
    ruleset = ("--ruleset", HERE / ".spectral.yaml", "--fail-severity", "hint", "--format", "json", "--quiet")
    done = tools.node("@stoplight/spectral-cli/dist/index.js", "lint", *ruleset, JOINED)
    assert (done.returncode, json.loads(done.stdout or "[]")) == (0, []), output_of(done)


def test_redocly_finds_nothing(tools: Tools) -> None:
    documents = [JOINED, *(API / f"{service}.json" for service in SERVICES)]
    done = tools.node("@redocly/cli/bin/cli.js", "lint", "--config", HERE / "redocly.yaml", "--format", "json", *documents)
    found, _ = json.JSONDecoder().raw_decode(done.stdout)
    assert found["problems"] == [], output_of(done)
    assert done.returncode == 0, output_of(done)


def test_the_parser_of_asyncapi_finds_nothing(tools: Tools) -> None:
    done = tools.node(str(HERE / "parse_asyncapi.mjs"), API / "asyncapi.json")
    assert (done.returncode, done.stdout) == (0, ""), output_of(done)


def test_the_typescript_types_compile(tools: Tools, tmp_path: Path) -> None:
    # Otherwise a field of a request with a default is required.
    done = tools.node("openapi-typescript/bin/cli.js", JOINED, "--default-non-nullable=false", "--output", tmp_path / "api.ts")
    assert done.returncode == 0, output_of(done)
    assert "warn" not in output_of(done).lower()
    sample = tmp_path / "sample.ts"
    sample.write_text((HERE / "sample.ts").read_text(encoding="utf-8"), encoding="utf-8")
    configuration = {"compilerOptions": {"strict": True, "noEmit": True, "types": [], "target": "es2022", "module": "preserve"}}
    (tmp_path / "tsconfig.json").write_text(json.dumps(configuration), encoding="utf-8")
    compiled = tools.node("typescript/bin/tsc", "--project", tmp_path)
    assert (compiled.returncode, compiled.stdout) == (0, ""), output_of(compiled)


def test_the_python_client_has_every_operation_and_imports(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("post_hooks: []\n", encoding="utf-8")
    target = tmp_path / "coterie_api"
    arguments = ["--path", str(JOINED), "--output-path", str(target), "--config", str(config), "--meta", "none"]
    done = run(["openapi-python-client", "generate", *arguments, "--fail-on-warning"], tmp_path)
    assert done.returncode == 0, output_of(done)
    assert "warning" not in output_of(done).lower()
    modules = [path for path in target.rglob("*.py") if path.name != "__init__.py"]
    operations = {path.stem for path in modules if path.parent.parent.name == "api"}
    assert operations == {spec["operationId"] for spec in OPERATIONS}
    for path in modules:
        ast.parse(path.read_text(encoding="utf-8"))
    names = [".".join(path.relative_to(tmp_path).with_suffix("").parts) for path in modules]
    imports = "\n".join(["from importlib import import_module", *(f"import_module({name!r})" for name in names)])
    strictly = [sys.executable, "-W", "error", "-c", imports]
    imported = subprocess.run(strictly, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr


@pytest.mark.parametrize(("folder", "packages"), [("documents", 100), ("browser", 10)])
def test_a_lock_file_has_no_address_of_a_registry(folder: str, packages: int) -> None:
    locked = json.loads((HERE.parent / folder / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in locked["packages"].items() if "resolved" in package] == []
    assert len(locked["packages"]) > packages
