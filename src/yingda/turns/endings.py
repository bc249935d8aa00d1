"""What an ending amounts to for one who waited for an answer."""

from __future__ import annotations

from yingda.errors import AnswerError, RecordedError, ShuttingDown
from yingda.turns.events import TurnEvent, TurnFailed, TurnStopped


def failure_of(ending: TurnEvent | None) -> AnswerError | None:
    """The error that a turn ended with; one that somebody stopped has none, and keeps what it had said."""
    if isinstance(ending, TurnFailed):
        return RecordedError(
            code=ending.code,
            status=ending.status,
            message=ending.message,
            retryable=ending.retryable,
            retry_after_s=ending.retry_after_s,
        )
    if isinstance(ending, TurnStopped) and ending.by == "shutdown":
        return ShuttingDown("the server is shutting down", retry_after_s=5)
    return None


def failure_or_stop(ending: TurnFailed | TurnStopped) -> AnswerError:
    """As `failure_of`, where a turn that somebody stopped is no answer either."""
    stopped = RecordedError(
        code="stopped", status=409, message="the turn was stopped", retryable=True, retry_after_s=None
    )
    return failure_of(ending) or stopped
