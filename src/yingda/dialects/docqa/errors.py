"""What each error looks like in the docqa dialect: one table for JSON bodies, packets and batch elements."""

from __future__ import annotations

from typing import Any

from yingda.errors import AnswerError, InvalidRequest, NotFound


class MalformedBody(InvalidRequest):
    """The body is not one JSON object; the message says where."""

    code, status = "malformed_body", 400


class MissingField(InvalidRequest):
    """A required field is absent, null or blank."""

    code, status = "missing_field", 400


class FieldTooLong(InvalidRequest):
    """A text has too many characters, or a list too many members."""

    code, status = "field_too_long", 400


class ResumePointGone(NotFound):
    """The answer to go on with is unknown, expired, or another key's."""

    code, status = "resume_point_gone", 410


ERRORS: dict[str, tuple[str, int, str]] = {
    "malformed_body": ("40000", 400, "请求体不是合法的 JSON"),
    "missing_field": ("40001", 400, "缺少必填参数"),
    "invalid_request": ("40002", 400, "参数取值不合法"),
    "field_too_long": ("40003", 400, "参数过长"),
    "headers_too_large": ("40003", 431, "请求头过长"),
    "unsupported_media": ("40004", 415, "不支持的内容类型或文件类型"),
    "too_large": ("40005", 413, "请求体或文件超过大小限制"),
    "url_refused": ("40006", 400, "不允许访问该网址"),
    "private_address": ("40006", 400, "不允许访问该网址"),
    "unauthorised": ("40100", 401, "API Key 缺失或无效，请在请求头 orionstar-api-key 中提供"),
    "forbidden": ("40300", 403, "该 API Key 没有调用此接口的权限"),
    "not_found": ("40400", 404, "未找到"),
    "conversation_busy": ("40900", 409, "该会话正在回答另一个问题，请等待其结束或先停止"),
    "resume_point_gone": ("41000", 410, "续传点不存在或已过期，请重新提问"),
    "rate_limited": ("42900", 429, "请求过于频繁，请稍后再试"),
    "internal_error": ("50000", 500, "内部错误，请稍后重试"),
    "quota_reached": ("42900", 429, "文档数量已达上限"),
    "overloaded": ("50300", 503, "当前请求过多，请稍后重试"),
    "shutting_down": ("50300", 503, "服务正在停止，请稍后重试"),
    "store_unavailable": ("50300", 503, "会话存储暂时不可用，请稍后重试"),
    "index_unavailable": ("50300", 503, "知识库暂时不可用，请稍后重试"),
    "model_unavailable": ("50300", 503, "模型服务暂时不可用，请稍后重试"),
    "unavailable": ("50300", 503, "服务暂时不可用，请稍后重试"),
    "interrupted": ("50300", 503, "服务中断，本次回答未完成，请重试"),
    "deadline_exceeded": ("50400", 504, "回答超时，已返回部分内容，请稍后重试"),
}
"""Code → `ret`, HTTP status and words (docqa 3); a code that is not here is told by its status."""

_RETS = {
    400: "40002",
    401: "40100",
    403: "40300",
    404: "40400",
    405: "40400",
    408: "40000",
    409: "40900",
    410: "41000",
    413: "40005",
    415: "40004",
    429: "42900",
    431: "40003",
    503: "50300",
    504: "50400",
}

_DETAILED = frozenset(("40000", "40001", "40002", "40003", "40004", "40005", "40006", "40400"))
"""What the caller can mend: the words are followed by the field and the reason."""


def ret_and_msg(error: AnswerError) -> tuple[str, str]:
    """The pair that stands in an envelope, a packet, or one element of a batch."""
    ret, _, msg = _told(error)
    return ret, msg


def error_body(error: AnswerError) -> tuple[int, dict[str, Any]]:
    """HTTP status and envelope of an error outside a stream."""
    ret, status, msg = _told(error)
    return status, {"ret": ret, "msg": msg, "data": {}}


def _told(error: AnswerError) -> tuple[str, int, str]:
    code = error.code
    if code == "invalid_request" and error.field is None:
        code = "malformed_body"  # the gate before the routes refuses bodies as such
    status = 400 if error.status == 422 else error.status  # the contract knows no 422
    fallback = (_RETS.get(status, "50000"), status, error.message)
    ret, status, words = ERRORS.get(code, fallback)
    return ret, status, _detailed(words, error) if ret in _DETAILED else words


def _detailed(words: str, error: AnswerError) -> str:
    subject = f"{words} {error.field}" if error.field else words
    reason = "" if error.message in (error.code, words) else f"：{error.message}"
    return subject + reason
