"""The tree of errors; below `web/` nobody knows HTTP, `status` is only a hint for it.

AnswerError
├── InvalidRequest        422  a field is wrong; `field` names it
├── Unauthorised          401  no key, or an unknown one
├── Forbidden             403  a known key without the role
├── NotFound              404
├── ConversationBusy      409  another turn of the conversation is still running
├── TakenOver             409  an operator took the conversation while the bot answered
├── TooLarge              413
├── UnsupportedMedia      415
├── RateLimited           429  too many requests of one caller
├── Overloaded            429  too much work in the whole server
├── InternalError         500  a bug; the message never holds its details
├── Unavailable           503
│   ├── ShuttingDown
│   ├── StoreUnavailable
│   ├── IndexUnavailable
│   └── ModelUnavailable       the model refused, failed, timed out, or its breaker is open
├── TurnInterrupted       503  the process that drove the turn died
└── DeadlineExceeded      504  the turn ran out of time
"""

from __future__ import annotations


class AnswerError(Exception):
    """Anything that keeps a turn from its answer; `code` is a stable slug for clients."""

    code: str = "error"
    status: int = 500
    retryable: bool = False

    def __init__(
        self, message: str = "", *, field: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message or self.code)
        self.message = message or self.code
        self.field = field
        self.retry_after_s = retry_after_s


class InvalidRequest(AnswerError):
    code, status = "invalid_request", 422


class Unauthorised(AnswerError):
    code, status = "unauthorised", 401


class Forbidden(AnswerError):
    code, status = "forbidden", 403


class NotFound(AnswerError):
    code, status = "not_found", 404


class ConversationBusy(AnswerError):
    code, status, retryable = "conversation_busy", 409, True


class TakenOver(AnswerError):
    """An operator took the conversation while the bot answered; ends the turn as stopped by them."""

    code, status = "taken_over", 409


class TooLarge(AnswerError):
    code, status = "too_large", 413


class UnsupportedMedia(AnswerError):
    code, status = "unsupported_media", 415


class RateLimited(AnswerError):
    code, status, retryable = "rate_limited", 429, True


class Overloaded(AnswerError):
    code, status, retryable = "overloaded", 429, True


class InternalError(AnswerError):
    code, status = "internal_error", 500


class Unavailable(AnswerError):
    code, status, retryable = "unavailable", 503, True


class ShuttingDown(Unavailable):
    code = "shutting_down"


class StoreUnavailable(Unavailable):
    code = "store_unavailable"


class IndexUnavailable(Unavailable):
    code = "index_unavailable"


class ModelUnavailable(Unavailable):
    code = "model_unavailable"


class TurnInterrupted(AnswerError):
    code, status, retryable = "interrupted", 503, True


class DeadlineExceeded(AnswerError):
    code, status, retryable = "deadline_exceeded", 504, True


class RecordedError(AnswerError):
    """An error read back from a turn's record, with the fields it had when it was raised."""

    def __init__(
        self, *, code: str, status: int, message: str, retryable: bool, retry_after_s: float | None
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.code, self.status, self.retryable = code, status, retryable
