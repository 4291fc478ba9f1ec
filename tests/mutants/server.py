"""Runs pytest in forks of a process that has imported the libraries: `python -m tests.mutants.server`, in a copy of the source.

Each line of standard input is a JSON object with the arguments, the environment and the file for the output of one run. Each
line of standard output is an exit code. The import of the libraries would be half of a short run; nothing of `services` is
imported before the fork.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

LIBRARIES = (
    "aws_lambda_powertools",
    "aws_lambda_powertools.metrics",
    "boto3",
    "botocore.session",
    "chalice.app",
    "cryptography.hazmat.primitives.ciphers.aead",
    "hypothesis.stateful",
    "hypothesis.strategies",
    "PIL.Image",
    "pydantic",
    "pytest",
    "pytest_cov.plugin",
    "xdist.plugin",
)


def main() -> None:
    for library in LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def run(request: dict[str, Any]) -> None:
    import pytest

    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(descriptor, target)
    os.environ.update(request["environment"])
    code = pytest.main(request["arguments"])
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
