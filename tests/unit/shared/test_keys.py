"""Key rings, as a parameter has them."""

from __future__ import annotations

import json
from unittest import mock

import pytest
from aws_lambda_powertools.utilities import parameters

from services.shared.security.keys import StoredKeyRing, parse_key_ring

TEXT = json.dumps({"current": "k2", "keys": {"k1": "MTE=", "k2": "MjI="}})


def test_a_key_ring_has_the_keys_of_its_parameter() -> None:
    ring = parse_key_ring(TEXT)
    assert (ring.current, ring.keys) == ("k2", {"k1": b"11", "k2": b"22"})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"current": "k1"}', '{"current": "k1", "keys": {"k1": "?"}}'])
def test_a_parameter_without_keys_gives_no_ring(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse_key_ring(text)


def test_the_parameter_is_read_decrypted_at_each_use_and_cached_for_5_minutes() -> None:
    with mock.patch.object(parameters, "get_parameter", return_value=TEXT) as get_parameter:
        ring = StoredKeyRing("/keys/cursor")
        assert (ring.current, ring.keys["k1"]) == ("k2", b"11")
    assert get_parameter.mock_calls == [mock.call("/keys/cursor", decrypt=True, max_age=300)] * 2
