"""The clients of others, each in a Node process of its own; `make test` installs them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parents[2] / "clients"
LONGEST_S = 150


def run(script: str, job: object) -> Any:
    """What a script of `tests/clients` makes of a job: JSON in, JSON out."""
    return json.loads(node(script, json.dumps(job).encode()))


def node(script: str, stdin: bytes, *arguments: str) -> bytes:
    """What a script prints."""
    command = ["node", str(CLIENTS / script), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=LONGEST_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
