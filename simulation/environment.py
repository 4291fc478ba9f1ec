"""The environment variables that the services and boto3 read in tests and benchmarks."""

from __future__ import annotations

import os


def set_environment() -> None:
    """Set a function's environment, without access to any AWS account; call it before boto3 is imported."""
    os.environ.update(
        {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",  # emulators accept it; no account has it
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "POWERTOOLS_SERVICE_NAME": "test",
            "POWERTOOLS_METRICS_NAMESPACE": "Coterie",
        }
    )
