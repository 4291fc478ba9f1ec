"""Import time of each service's functions compared to a bare boto3 DynamoDB client, each in a new process, in turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from services import SERVICES

BARE = 'import boto3; boto3.client("dynamodb", region_name="us-east-1")'
OURS = "import {0}; from services.shared.table import dynamo; dynamo.client()"
ROOT = Path(__file__).parents[1]
MODULES = ("app", "inbox", "workers", "picture_worker")  # the modules of a service that contain functions
PARTS = {
    "the client and pydantic": f"{BARE}; import pydantic; pydantic.BaseModel",
    "the client, pydantic, Logger": f"{BARE}; import pydantic; pydantic.BaseModel; from aws_lambda_powertools import Logger",
    "the client, pydantic, Logger, Chalice": (
        f"{BARE}; import pydantic; pydantic.BaseModel; from aws_lambda_powertools import Logger; import chalice.app"
    ),
}
FUNCTIONS = {
    f"{service}.{module}": OURS.format(f"services.{service}.{module}")
    for service in SERVICES
    for module in MODULES
    if any((ROOT / "services" / service / path).exists() for path in (f"{module}.py", f"{module}/__init__.py"))
}
PROGRAMS = {"bare boto3 client": BARE, **PARTS, **FUNCTIONS}
RUNS = 7
HEADS = ("what is loaded", "median ms", "to the bare client")
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONDONTWRITEBYTECODE": "",  # all programs run from bytecode, also where the environment forbids to write it
}


def run_once(program: str) -> float:
    """Return the milliseconds of a program, without the start of the interpreter."""
    timed = f"import time; started = time.perf_counter(); {program}; print((time.perf_counter() - started) * 1000)"
    environment = {**os.environ, **ENVIRONMENT}
    result = subprocess.run(
        [sys.executable, "-c", timed], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return float(result.stdout.split()[-1])


def measure() -> list[tuple[str, ...]]:
    for program in PROGRAMS.values():
        run_once(program)  # compiles the files and fills the disk's cache
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(RUNS):
        for name, program in PROGRAMS.items():
            times[name].append(run_once(program))
            time.sleep(0.01)
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    bare = medians["bare boto3 client"]
    return [(name, f"{median:.0f}", f"{median / bare:.2f}") for name, median in medians.items()]
