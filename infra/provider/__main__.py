"""Serve the sandbox until the process ends."""

from __future__ import annotations

import argparse

import infra.provider
from infra.provider.server import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=infra.provider.__doc__)
    parser.add_argument("port", type=int)
    serve(parser.parse_args().port).serve_forever()
