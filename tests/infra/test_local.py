"""The laptop cloud reaches no AWS account, stops no process of others, and starts only if each function succeeds."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from infra import process
from infra.aws import client
from infra.local import _find_error

FAILED = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"dictionary changed size")}


def test_a_laptop_client_ignores_the_callers_aws_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[personal]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    monkeypatch.setenv("AWS_PROFILE", "personal")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REAL")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    sqs = client("sqs", "http://127.0.0.1:1")
    assert sqs.meta.endpoint_url == "http://127.0.0.1:1"
    assert sqs.meta.region_name == "us-east-1"
    assert sqs._request_signer._credentials.access_key == "test"


def test_functions_on_the_laptop_do_not_inherit_the_callers_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "personal")
    monkeypatch.setenv("PERSIST_STATE", "1")
    environment = process._environment(4566, tmp_path)
    assert not environment.keys() & {"AWS_PROFILE", "PERSIST_STATE"}
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["AUTH"] == "true"


def test_a_process_that_reuses_a_recorded_id_is_not_stopped() -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert process.stop(other.pid) is False
        assert other.poll() is None
    finally:
        other.communicate(os.linesep.encode())
    assert process.stop(other.pid) is False


@pytest.mark.parametrize(("responses", "error"), [([{}], None), ([FAILED, {}], None), ([FAILED, FAILED], "on-hour: ")])
def test_a_function_that_fails_once_is_called_again(responses: list[dict[str, Any]], error: str | None) -> None:
    functions = Mock()
    functions.invoke.side_effect = responses
    found = _find_error(Mock(), functions, "on-hour")
    assert (found and found[:9]) == error
    assert functions.invoke.call_count == len(responses)
