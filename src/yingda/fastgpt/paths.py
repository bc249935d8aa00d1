"""Where FastGPT's calls live, in either generation of its paths (callflow C.5)."""

from __future__ import annotations

from typing import Literal

Generation = Literal["4.14", "4.16"]
Call = Literal["init", "records", "delete_record", "delete_history"]

COMPLETIONS = "/v1/chat/completions"
STOP = "/v2/chat/stop"

PATHS: dict[Generation, dict[Call, tuple[str, str]]] = {
    "4.14": {
        "init": ("GET", "/core/chat/init"),
        "records": ("POST", "/core/chat/getPaginationRecords"),
        "delete_record": ("POST", "/core/chat/item/delete"),
        "delete_history": ("DELETE", "/core/chat/delHistory"),
    },
    "4.16": {
        "init": ("GET", "/core/chat/init"),
        "records": ("POST", "/core/chat/record/getPaginationRecords"),
        "delete_record": ("DELETE", "/core/chat/record/delete"),
        "delete_history": ("DELETE", "/core/chat/history/delHistory"),
    },
}
"""Method and path below `/api`; most of the older ones still work in 4.16."""


def other(generation: Generation) -> Generation:
    """What to try where a path is not there."""
    return "4.16" if generation == "4.14" else "4.14"


def api_url(base_url: str) -> str:
    """The address of `/api`, whether or not the setting names it."""
    return base_url.rstrip("/").removesuffix("/v1").removesuffix("/api") + "/api"
