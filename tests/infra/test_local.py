"""The laptop cloud touches nothing that is not its own: no AWS account, no stranger's process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import process
from infra.aws import client


def test_a_laptop_client_never_looks_at_the_callers_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[mine]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REAL")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    sqs = client("sqs", "http://127.0.0.1:1")
    assert sqs.meta.endpoint_url == "http://127.0.0.1:1"
    assert sqs.meta.region_name == "us-east-1"
    assert sqs._request_signer._credentials.access_key == "test"


def test_functions_on_the_laptop_inherit_nothing_of_the_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("PERSIST_STATE", "1")
    environment = process._environment(4566, tmp_path)
    assert not environment.keys() & {"AWS_PROFILE", "PERSIST_STATE"}
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["AUTH"] == "true"


def test_a_recorded_id_that_is_now_somebody_elses_is_left_alone() -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert process.stop(stranger.pid) is False
        assert stranger.poll() is None
    finally:
        stranger.communicate(os.linesep.encode())
    assert process.stop(stranger.pid) is False
