"""The clients of others, each in a Node process of its own; `make test` installs them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.docqa.wire import CHAT
from tests.server_process import ServerProcess

CLIENTS = Path(__file__).parents[2] / "clients"
LONGEST_S = 150


def run(script: str, job: object) -> Any:
    """What a script of `tests/clients` makes of a job: JSON in, JSON out."""
    return json.loads(node(script, json.dumps(job).encode()))


def question(server: ServerProcess, body: str | dict[str, Any], key: str | None) -> dict[str, Any]:
    """One question for `follow.mjs`, which may come a second time."""
    headers = {"orionstar-api-key": key} if key else {}
    text = body if isinstance(body, str) else json.dumps(body)
    return {"url": server.url + CHAT, "headers": headers, "body": text, "most": 2}


def node(script: str, stdin: bytes, *arguments: str) -> bytes:
    """What a script prints."""
    command = ["node", str(CLIENTS / script), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=LONGEST_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
