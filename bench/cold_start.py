"""Import time of each service's functions against a bare boto3 DynamoDB client, each in a fresh process, in turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

BARE = 'import boto3; boto3.client("dynamodb", region_name="us-east-1")'
OURS = "import {0}; from services.shared.table import dynamo; dynamo.client()"
ROOT = Path(__file__).parents[1]
DOORS = ("app", "inbox", "workers", "pictures")  # a service's modules with functions in them; a long one is a folder
PARTS = {
    "the client and pydantic": f"{BARE}; import pydantic; pydantic.BaseModel",
    "the client, pydantic, Logger": f"{BARE}; import pydantic; pydantic.BaseModel; from aws_lambda_powertools import Logger",
    "the client, pydantic, Logger, Chalice": (
        f"{BARE}; import pydantic; pydantic.BaseModel; from aws_lambda_powertools import Logger; import chalice.app"
    ),
}
FUNCTIONS = {
    f"{service}.{door}": OURS.format(f"services.{service}.{door}")
    for service in ("review", "circles", "chat", "commerce")
    for door in DOORS
    if any((ROOT / "services" / service / place).exists() for place in (f"{door}.py", f"{door}/__init__.py"))
}
PROGRAMS = {"bare boto3 client": BARE, **PARTS, **FUNCTIONS}
RUNS = 7
HEADS = ("what is loaded", "median ms", "to the bare client")
SURROUNDINGS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def once(program: str) -> float:
    """Milliseconds of a program, without those that the interpreter itself takes to start."""
    timed = f"import time; begun = time.perf_counter(); {program}; print((time.perf_counter() - begun) * 1000)"
    environment = {**os.environ, **SURROUNDINGS}
    done = subprocess.run([sys.executable, "-c", timed], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure() -> list[tuple[str, ...]]:
    for program in PROGRAMS.values():
        once(program)  # compiled files and the disk's cache
    found: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(RUNS):
        for name, program in PROGRAMS.items():
            found[name].append(once(program))
            time.sleep(0.01)
    medians = {name: statistics.median(times) for name, times in found.items()}
    bare = medians["bare boto3 client"]
    return [(name, f"{median:.0f}", f"{median / bare:.2f}") for name, median in medians.items()]
