"""The stretch of a task that a stop or a deadline ends."""

from __future__ import annotations

import asyncio
from types import TracebackType

_AGAIN_S = 0.01
"""Between two cancellations of one who goes on waiting."""


class StopScope:
    """Cancels its task until the block is left, however often the code inside takes no notice.

    A plain `Task.cancel` ends one wait only: who catches it, goes on. The task is never cancelled while it
    runs, so that none of it reaches what comes after the block. Entered once; cancelled before, it ends with
    the first wait. `deadline_s` is on the loop's scale. `has_cancelled`: the block ended for that reason.
    """

    __slots__ = ("_given", "_is_cancelled", "_loop", "_task", "_timer", "deadline_s", "has_cancelled")

    def __init__(self) -> None:
        self.deadline_s = float("inf")
        self.has_cancelled = False
        self._is_cancelled = False
        self._given = 0
        self._task: asyncio.Task[object] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        loop = self._loop = asyncio.get_running_loop()
        if self._is_cancelled:
            self._timer = loop.call_later(0, self._deliver)
        elif self.deadline_s < float("inf"):
            self._timer = loop.call_at(self.deadline_s, self.cancel)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        task, self._task = self._task, None
        if self._timer is not None:
            self._timer.cancel()
        assert task is not None
        left = task.cancelling()
        for _ in range(self._given):
            left = task.uncancel()
        # Where somebody else cancelled the task as well, that is what happened.
        self.has_cancelled = self._given > 0 and not left and isinstance(error, asyncio.CancelledError)
        return self.has_cancelled

    def cancel(self) -> None:
        """End the block; from any code of the loop, and more than once if you like."""
        if not self._is_cancelled:
            self._is_cancelled = True
            self._deliver()

    def _deliver(self) -> None:
        if self._task is None or self._loop is None:
            return
        if self._task is not asyncio.current_task():
            self._given += 1
            self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(_AGAIN_S, self._deliver)
