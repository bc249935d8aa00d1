"""How a FastGPT server fails: one class a cause; the body's code decides, not the status (callflow C.4).

FastGPTUnavailable
├── FastGPTUnreachable     no connection; nothing was sent
├── FastGPTTimedOut        no connection, no first byte, or no end in time
├── FastGPTBusy            429, 510: too many requests, or the quota is used up
├── FastGPTFailed          it says that it failed, as a body or as an event of the stream
├── FastGPTBroke           the reply ended before it was complete
├── FastGPTGarbled         something came that is no reply
└── FastGPTRefused         403, 511, 513, 514, 504000: no key, app or chat of ours

Messages name the code. They never hold the key, a question, or what the server wrote.
"""

from __future__ import annotations

from typing import Any

from yingda.errors import Unavailable


class FastGPTUnavailable(Unavailable):
    """The FastGPT server did not answer as it should."""

    code = "fastgpt_unavailable"


class FastGPTUnreachable(FastGPTUnavailable):
    """No connection was made."""

    code = "fastgpt_unreachable"


class FastGPTTimedOut(FastGPTUnavailable):
    """The server is there but too slow."""

    code = "fastgpt_timed_out"


class FastGPTBusy(FastGPTUnavailable):
    """The server asks us to come back later."""

    code = "fastgpt_busy"


class FastGPTFailed(FastGPTUnavailable):
    """The server says that it failed."""

    code = "fastgpt_failed"


class FastGPTBroke(FastGPTUnavailable):
    """The reply stopped in the middle; what had arrived was passed on."""

    code = "fastgpt_broke"


class FastGPTGarbled(FastGPTUnavailable):
    """The reply does not speak the protocol."""

    code = "fastgpt_garbled"


class FastGPTRefused(FastGPTUnavailable):
    """Key, app or chat are not ours to use, until somebody changes a setting."""

    code, retryable = "fastgpt_refused", False


_CLASSES: dict[int, type[FastGPTUnavailable]] = {
    401: FastGPTRefused,
    403: FastGPTRefused,
    429: FastGPTBusy,
    510: FastGPTBusy,
    511: FastGPTRefused,
    513: FastGPTRefused,
    514: FastGPTRefused,
    504000: FastGPTRefused,
}


def failure_from(body: Any, status: int = 500) -> FastGPTUnavailable:
    """What an error body or event stands for; the status counts where the body has no code."""
    code = body.get("code") if isinstance(body, dict) else None
    number = code if isinstance(code, int) else status
    return _CLASSES.get(number, FastGPTFailed)(f"FastGPT answered with an error ({number})")
