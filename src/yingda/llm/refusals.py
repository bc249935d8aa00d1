"""HTTP refusals of a model endpoint into failures: pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import orjson

from yingda.errors import ModelUnavailable
from yingda.llm.failures import ModelFailed, ModelMisconfigured, ModelRateLimited, ModelRejected

_OURS_TO_REPEAT = frozenset({408, 409, 425})
_SETTINGS_ARE_WRONG = frozenset({401, 402, 403, 404, 405})
_KNOWN_CODES = frozenset(
    {
        "content_filter",
        "context_length_exceeded",
        "insufficient_quota",
        "invalid_api_key",
        "invalid_request_error",
        "model_not_found",
        "rate_limit_exceeded",
        "server_error",
    }
)


def failure_from_status(
    endpoint: str, status: int, headers: Mapping[str, str], body: bytes
) -> ModelUnavailable:
    """The failure that a status other than 200 stands for.

    Of the body only a code that everybody knows is quoted: providers echo keys and prompts in the rest.
    """
    code = _known_code(body)
    message = f"model endpoint {endpoint!r} answered {status}" + (f" ({code})" if code else "")
    retry_after_s = retry_after_from_headers(headers)
    if status == 429:
        return ModelRateLimited(message, retry_after_s=retry_after_s)
    if status in _SETTINGS_ARE_WRONG or 300 <= status < 400:
        return ModelMisconfigured(message)
    if 400 <= status < 500 and status not in _OURS_TO_REPEAT:
        return ModelRejected(message)
    return ModelFailed(message, retry_after_s=retry_after_s)


def retry_after_from_headers(headers: Mapping[str, str]) -> float | None:
    """Seconds, from `Retry-After` in either of its forms; a date counts from the reply's own `Date`."""
    value = headers.get("Retry-After", "").strip()
    if value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _known_code(body: bytes) -> str | None:
    try:
        error = orjson.loads(body)["error"]
        codes = (error.get("code"), error.get("type"))
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    return next((code for code in codes if isinstance(code, str) and code in _KNOWN_CODES), None)
