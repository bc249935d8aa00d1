"""What a body may look like, and what is said about one that may not."""

from __future__ import annotations

import json

import pytest

from yingda.dialects.docqa.documents import BatchRequest, FileNamed, ListRequest
from yingda.dialects.docqa.errors import error_body
from yingda.dialects.docqa.wire import ChatRequest, StopRequest, decode, request_from_chat
from yingda.errors import AnswerError
from yingda.knowledge.parse.refused import EmptyFile
from yingda.turns.options import AnswerOptions

SEED_BODY = """{
    "query_text": "你好,请问2路汽车在哪里乘坐",
    "session_id": "test_id",
    "smart_temp": "0",
    "stream": "1",
}"""


def chat(**fields: object) -> ChatRequest:
    return decode(
        ChatRequest, json.dumps({"query_text": "几天内退货", "session_id": "s-1", **fields}).encode()
    )


def wanted(**fields: object):
    return request_from_chat(chat(**fields), wire="w", user_id=None, key=None)


def refused(raw: str | bytes, model: type = ChatRequest) -> tuple[str, str]:
    with pytest.raises(AnswerError) as caught:
        decode(model, raw.encode() if isinstance(raw, str) else raw)
    _, body = error_body(caught.value)
    return body["ret"], body["msg"]


def test_numbers_booleans_null_and_blank_names_are_taken():
    body = {"query_text": 5, "session_id": 7, "stream": True, "smart_temp ": 3, "lang": None, "context": ""}
    taken = decode(ChatRequest, json.dumps(body).encode())
    assert (taken.query_text, taken.session_id, taken.stream, taken.smart_temp) == ("5", "7", True, 3.0)
    assert (taken.lang, taken.context, taken.enable_citation) == (None, "", True)


def test_a_plain_question_asks_for_the_defaults_of_the_contract():
    assert wanted().options == AnswerOptions(temperature=0.0, is_elaborate=True, suggests=True)
    assert (wanted().dialect, wanted().external_id, wanted().adopts_name) == ("docqa", "s-1", True)


def test_a_scope_is_trimmed_and_holds_each_id_once_and_never_widens():
    assert wanted(ctdoc_id=" a, b,,a ").options.scope == ("a", "b")
    assert wanted(ctdoc_id=",").options.scope == ()
    assert wanted(ctdoc_id="").options.scope is None


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh_CN", "zh"),
        ("en", "en"),
        ("EN-us", "en"),
        ("ja_JP", "ja"),
        ("th-TH", "th"),
        ("fr_FR", None),
        ("?", None),
    ],
)
def test_a_language_is_a_hint(tag: str, language: str | None):
    assert wanted(lang=tag).options.language == language


def test_the_writing_centre_has_its_own_history_or_none():
    writer, creator = (wanted(category="tpl_chat", ctprofile_id=name) for name in ("writer", "creator"))
    assert (writer.dialect, writer.external_id, creator.external_id) == ("docqa-writing", "s-1", None)
    assert (writer.options.category, writer.options.temperature, writer.options.suggests) == (
        "writing",
        0.7,
        False,
    )


def test_a_persona_sent_with_doc_chat_is_ignored():
    assert wanted(ctprofile_id="anything").options.category == "documents"


@pytest.mark.parametrize(
    ("raw", "ret", "said"),
    [
        (SEED_BODY, "40000", "第 5 行第 18 列，多余的逗号"),
        ('{"query_text": "a" // why\n}', "40000", "第 1 行第 20 列，JSON 不允许注释"),
        ("", "40000", "第 1 行第 1 列"),
        ("[]", "40000", "最外层必须是对象"),
        ('{"stream": "1", "stream": "0"}', "40000", "stream：同一个对象中重复出现"),
        ('{"smart_temp": NaN}', "40000", "JSON 中没有 NaN"),
        (b'{"query_text": "\xff"}', "40000", "第 16 字节处不是 UTF-8"),
        ("[" * 100_000, "40000", "嵌套过深"),
        ('{"query_text": 1%s}' % ("0" * 5000), "40000", "数字过长"),
        ('{"query_text": "a"}', "40001", "session_id"),
        ('{"query_text": " ", "session_id": "s"}', "40001", "query_text"),
        ('{"query_text": "\\ud800", "session_id": "s"}', "40002", "query_text：包含不成对的代理字符"),
        ('{"query_text": "\\u0000", "session_id": "s"}', "40002", "query_text：不能包含 U+0000"),
        ('{"query_text": ["a"], "session_id": "s"}', "40002", "query_text：必须是字符串"),
    ],
)
def test_a_body_that_may_not_be_is_told_what_is_wrong(raw: str | bytes, ret: str, said: str):
    told = refused(raw)
    assert (told[0], said in told[1]) == (ret, True), told


@pytest.mark.parametrize(
    ("field", "value", "ret"),
    [
        ("session_id", "a" * 65, "40002"),
        ("session_id", "会话", "40002"),
        ("session_id", "a b", "40002"),
        ("smart_temp", "11", "40002"),
        ("smart_temp", "-1", "40002"),
        ("smart_temp", "warm", "40002"),
        ("stream", "2", "40002"),
        ("enable_citation", "yes", "40002"),
        ("category", "chat", "40002"),
        ("ref_mode", "packet", "40002"),
        ("query_text", "x" * 4001, "40003"),
        ("context", "x" * 100_001, "40003"),
        ("ctdoc_id", ",".join(map(str, range(201))), "40003"),
        ("ctdoc_id", "x" * 129, "40003"),
    ],
)
def test_a_value_that_may_not_be_names_its_field(field: str, value: str, ret: str):
    told = refused(json.dumps({"query_text": "a", "session_id": "s", field: value}))
    assert (told[0], field in told[1]) == (ret, True), told


@pytest.mark.parametrize("session_id", ["a" * 64, "A-z_0.9", "."])
def test_names_of_sessions_that_may_be(session_id: str):
    assert chat(session_id=session_id).session_id == session_id


def test_an_unknown_persona_of_the_writing_centre_is_refused():
    raw = json.dumps({"query_text": "a", "session_id": "s", "category": "tpl_chat", "ctprofile_id": "poet"})
    assert refused(raw) == ("40002", "参数取值不合法 ctprofile_id：只能是 writer 或 creator")


def test_a_stop_names_an_answer_or_a_session():
    assert refused("{}", StopRequest)[0] == "40001"


@pytest.mark.parametrize(
    ("model", "body", "told"),
    [
        (FileNamed, {"doc_name": "x" * 129}, "参数过长 doc_name：最多 128 个字符"),
        (ListRequest, {"ctdoc_id": ",".join(map(str, range(201)))}, "参数过长 ctdoc_id：最多 200 项"),
        (BatchRequest, {"ctai_doc_list": []}, "参数取值不合法 ctai_doc_list：至少需要 1 项"),
    ],
)
def test_a_length_is_told_in_what_it_counts(model, body, told):
    assert refused(json.dumps(body), model)[1] == told


def test_a_file_without_use_has_a_status_of_the_contract():
    assert error_body(EmptyFile())[0] == 400
