"""A run that waits for the caller: what was asked, and all that it takes to go on as if nothing had happened.

Unlike the original, whatever a node gave is kept, also 0, false and the empty text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How far one level of a workflow has come.

    `edges` holds those that are not waiting, `skips` the queue of nodes to be skipped, `pauses` the nodes
    that wait, the one that has asked first.
    """

    edges: dict[str, str] = field(default_factory=dict)
    skips: dict[str, list[str]] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A node that waits.

    `kind` and `params` are what a client is shown (callflow C.6), `kept` is the node's own. A node that holds
    others waits because one of them does: `inside` says how far those have come, and `cells` and `variables`
    are those of a child app.
    """

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    inside: Snapshot | None = None
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)


def asked(snapshot: Snapshot) -> Pause:
    """The question that is open: the first one, and within it the innermost."""
    pause = next(iter(snapshot.pauses.values()))
    return asked(pause.inside) if pause.inside is not None else pause
