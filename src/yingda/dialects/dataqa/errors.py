"""What each error looks like in the dataqa dialect (dataqa 1.2): status, envelope message, type, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yingda.errors import AnswerError, InvalidRequest


class MissingParameter(InvalidRequest):
    """A required field is absent, null or blank; `field` names it."""

    code, status = "missing_parameter", 400


class ConflictingParameters(InvalidRequest):
    """Fields that exclude each other; the message says which."""

    code, status = "conflicting_parameters", 400


class MalformedBody(InvalidRequest):
    """The body is not one JSON object."""

    code, status = "malformed_body", 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How an error is told; where `words` is None, by the message it was raised with, which is ours."""

    status: int
    message: str
    error_type: str
    words: str | None = None


_BAD, _INVALID, _FAILED = "请求参数错误", "参数验证失败", "处理失败"
_BUG, _AWAY = "系统内部错误", "服务暂时不可用"

ERRORS: dict[str, Told] = {
    "missing_parameter": Told(status=400, message=_BAD, error_type="missing_required_params"),
    "conflicting_parameters": Told(status=400, message=_BAD, error_type="missing_required_params"),
    "malformed_body": Told(status=400, message=_BAD, error_type="invalid_params"),
    "invalid_request": Told(status=422, message=_INVALID, error_type="invalid_params"),
    "unauthorised": Told(
        status=401,
        message="未授权",
        error_type="unauthorized",
        words="API Key 缺失或无效，请在请求头 X-API-Key 中提供",
    ),
    "forbidden": Told(
        status=403, message="权限不足", error_type="forbidden", words="该 API Key 没有执行此操作的权限"
    ),
    "not_found": Told(status=404, message="资源未找到", error_type="resource_not_found"),
    "conversation_busy": Told(
        status=409,
        message=_FAILED,
        error_type="request_processing_failed",
        words="该对话正在处理另一个问题，请稍后重试",
    ),
    "too_large": Told(
        status=413, message=_BAD, error_type="invalid_params", words="请求体或文件超过大小限制"
    ),
    "unsupported_media": Told(
        status=415, message=_BAD, error_type="invalid_params", words="不支持的内容类型或文件类型"
    ),
    "rate_limited": Told(
        status=429, message="请求过于频繁", error_type="rate_limited", words="请求过于频繁，请稍后重试"
    ),
    "overloaded": Told(
        status=429, message="请求过于频繁", error_type="rate_limited", words="当前请求过多，请稍后重试"
    ),
    "sql_generation_failed": Told(status=422, message="生成失败", error_type="sql_generation_failed"),
    "sql_refused": Told(
        status=422,
        message="生成失败",
        error_type="sql_generation_failed",
        words="该查询不被允许：只能对已开放的数据执行单条只读查询",
    ),
    "sql_execution_failed": Told(
        status=500,
        message="查询失败",
        error_type="sql_execution_failed",
        words="查询执行失败，请稍后重试或换一种问法",
    ),
    "store_unavailable": Told(
        status=503, message=_AWAY, error_type="database_error", words="存储暂时不可用，请稍后重试"
    ),
    "model_unavailable": Told(
        status=503,
        message=_AWAY,
        error_type="agent_initialization_failed",
        words="AI服务暂时不可用，请稍后重试",
    ),
    "shutting_down": Told(
        status=503,
        message=_AWAY,
        error_type="agent_initialization_failed",
        words="服务正在停止，请稍后重试",
    ),
    "unavailable": Told(
        status=503,
        message=_AWAY,
        error_type="agent_initialization_failed",
        words="AI服务暂时不可用，请稍后重试",
    ),
    "interrupted": Told(
        status=503,
        message=_AWAY,
        error_type="request_processing_failed",
        words="服务中断，本次回答未完成，请重试",
    ),
    "deadline_exceeded": Told(
        status=504,
        message=_FAILED,
        error_type="request_processing_failed",
        words="处理超时，请稍后重试或缩小查询范围",
    ),
    "stopped": Told(
        status=409, message=_FAILED, error_type="request_processing_failed", words="本次回答已被停止"
    ),
    "internal_error": Told(
        status=500,
        message=_BUG,
        error_type="request_processing_failed",
        words="查询处理失败，请稍后重试",
    ),
}
"""Code → how it is told; a code that is not here is told by the kind of its status."""

_KINDS = {
    400: "malformed_body",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "malformed_body",
    409: "conversation_busy",
    413: "too_large",
    415: "unsupported_media",
    422: "invalid_request",
    429: "rate_limited",
    503: "unavailable",
    504: "deadline_exceeded",
}


def told(error: AnswerError) -> Told:
    """The row of that error."""
    return ERRORS.get(error.code) or ERRORS[_KINDS.get(error.status, "internal_error")]


def error_words(error: AnswerError) -> str:
    """What happened, for people; texts of foreign exceptions are never among it."""
    row = told(error)
    if row.words is not None:
        return row.words
    if error.code == "missing_parameter":
        return f"缺少必需参数：{error.field}"
    return f"{error.field}：{error.message}" if error.field else error.message


def error_data(error: AnswerError) -> dict[str, Any]:
    """What `data` says of an error: its words under both names of the contract, its type, what to do next."""
    row, words = told(error), error_words(error)
    data: dict[str, Any] = {
        "error": words,
        "response": words,
        "error_type": row.error_type,
        "can_retry": error.retryable or row.status in (429, 500, 503, 504),
    }
    if error.code == "missing_parameter":
        data["missing_params"] = [error.field]
    if error.code == "store_unavailable":
        data["degraded"] = True
    return data
