"""What each error looks like in the callflow dialect: one envelope for bodies, one event for streams."""

from __future__ import annotations

from typing import Any

from yingda.errors import AnswerError

STREAM_CODE = "500"
"""The only code that the contract knows inside a stream; what happened is in `error`."""

MESSAGES = {
    "invalid_request": "参数不正确",
    "fact_refused": "该值不可用",
    "unauthorised": "缺少密钥或密钥无效",
    "forbidden": "该密钥无权调用此接口",
    "not_found": "未找到",
    "http_405": "不支持该请求方法",
    "conversation_busy": "该会话正在处理另一句话或由人工处理，请稍后再试",
    "too_large": "请求过大",
    "rate_limited": "请求过于频繁，请稍后再试",
    "overloaded": "当前请求过多，请稍后再试",
    "shutting_down": "服务正在停止，请稍后再试",
    "store_unavailable": "存储暂时不可用，请稍后再试",
    "model_unavailable": "上游暂时不可用，请稍后再试",
    "interrupted": "上一句话处理中断，请重发",
    "deadline_exceeded": "处理超时，请重发",
    "stopped": "本轮已停止",
    "unavailable": "服务暂时不可用，请稍后再试",
    "internal_error": "内部错误",
}
"""By slug; an error without a line of its own gets that of its kind."""

_KINDS = {
    400: "invalid_request",
    404: "not_found",
    422: "invalid_request",
    429: "overloaded",
    503: "unavailable",
}
_EXPLAINED = ("invalid_request", "fact_refused")
"""Whose own message tells the caller what to change."""


def message_of(error: AnswerError) -> str:
    """What happened, in words that never hold an exception's."""
    said = MESSAGES.get(error.code) or MESSAGES[_KINDS.get(error.status, "internal_error")]
    if error.code not in _EXPLAINED:
        return said
    return f"{said}：{error.field}: {error.message}" if error.field else f"{said}：{error.message}"


def error_body(
    error: AnswerError, names: tuple[str, str], inner: dict[str, Any], request_id: str
) -> tuple[int, dict[str, Any]]:
    """Status and envelope of an error before or instead of a stream; `inner` as in a success."""
    session_id, time_stamp = names
    told = {"code": str(error.status), "msg": message_of(error), "error": error.code, "requestId": request_id}
    return error.status, {"sessionId": session_id, "timeStamp": time_stamp, **inner, **told}


def error_event(error: AnswerError, request_id: str) -> dict[str, str]:
    """The data of the stream's `error` event."""
    return {"msg": message_of(error), "code": STREAM_CODE, "error": error.code, "requestId": request_id}
