"""What each error looks like in the helpdesk dialect: one table for JSON bodies and error frames."""

from __future__ import annotations

from typing import Any

from yingda.errors import AnswerError
from yingda.turns.events import TurnFailed

DETAILS: dict[str, tuple[int, str]] = {
    "unauthorised": (401, "无效或缺失的 API Key，请在请求头中提供 X-API-Key"),
    "forbidden": (403, "该 API Key 没有访问此接口的权限"),
    "not_found": (404, "未找到"),
    "conversation_busy": (409, "该会话的上一条消息仍在处理中，请稍后重试"),
    "rate_limited": (429, "请求过于频繁，请稍后再试"),
    "overloaded": (429, "当前请求过多，请稍后重试"),
    "internal_error": (500, "内部错误，请稍后重试"),
    "shutting_down": (503, "服务正在停止，请稍后重试"),
    "store_unavailable": (503, "会话存储暂时不可用，请稍后重试"),
    "index_unavailable": (503, "知识库暂时不可用，请稍后重试"),
    "model_unavailable": (503, "模型服务暂时不可用，请稍后重试"),
    "unavailable": (503, "服务暂时不可用，请稍后重试"),
    "interrupted": (503, "服务中断，本轮回答未完成，请重试"),
    "deadline_exceeded": (504, "处理超时，请稍后重试"),
}
"""Code → status and the words of the contract; a code that is not here keeps its own status and message."""


def error_body(error: AnswerError) -> tuple[int, dict[str, Any]]:
    """Status and body; a field error has the shape of the framework's validation list (helpdesk 1.1)."""
    if error.status == 422:
        where = ["header", error.field] if error.field == "Idempotency-Key" else ["body", error.field or ""]
        return 422, {"detail": [{"type": error.code, "loc": where, "msg": error.message}]}
    status, detail = DETAILS.get(error.code, (error.status, error.message))
    body: dict[str, Any] = {"detail": detail}
    if error.code == "rate_limited" and error.retry_after_s is not None:
        body["retry_after"] = round(error.retry_after_s)
    return status, body


def failure_message(failure: TurnFailed) -> str:
    """The message of an `error` frame, and the detail of a synchronous failure."""
    _, detail = DETAILS.get(failure.code, (0, failure.message))
    return detail
