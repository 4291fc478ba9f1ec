"""The function `on_hour` of every service, with its real wiring."""

from __future__ import annotations

import json

import pytest

from services import SERVICES
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Context
from simulation.api.moto_cloud import ARCHIVE, service_module


@pytest.mark.parametrize("service", SERVICES)
def test_r12_the_function_of_every_service_anchors_the_heads_of_its_own_table(api: ApiFixture, service: str) -> None:
    table = service_module("wiring", service).table()
    table.put({"pk": "HEADS#2026-11-01T08:00+00:00", "sk": "THING|1", "length": 1, "head": "f" * 64}, when=None)
    table.put({"pk": "ANCHORED", "sk": "NEXT_HOUR", "hour": 1_793_516_400_000}, when=None)  # 07:00 of that day
    s3, hour = api.gateway.cloud.s3, f"{service}/2026-11-01T08"
    service_module("workers", service).on_hour({}, Context())
    (name,) = [entry["Key"] for entry in s3.list_objects_v2(Bucket=ARCHIVE, Prefix=hour)["Contents"]]
    anchor = json.loads(s3.get_object(Bucket=ARCHIVE, Key=name)["Body"].read())
    assert (name, anchor["heads"]) == (f"{service}/2026-11-01T08:00+00:00.json", [["THING|1", 1, "f" * 64]])
