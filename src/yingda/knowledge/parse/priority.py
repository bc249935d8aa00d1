"""Who waits when the processor is short: taking documents in, never the people who ask."""

from __future__ import annotations

import os

_NICENESS = 10


def give_way() -> None:
    """Lower this thread's priority, and that of every thread and process it starts from now on."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
