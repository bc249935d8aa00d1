"""T12 and T13: which session ids there are, and that a scope never widens; documents belong to a tenant."""

from __future__ import annotations

import re
import string
import subprocess
from collections.abc import Callable

import pytest
from tests.e2e.docqa.conftest import with_papers
from tests.e2e.docqa.wire import KEY, Asker, return_type
from tests.e2e.played_model import eventually
from tests.server_process import COMMAND, ServerProcess, StartServer

QUESTION = "签收后几天内可以退货？"


@pytest.mark.parametrize(
    ("session_id", "is_allowed"),
    [
        *((char, char in "-_.") for char in string.punctuation),
        (string.ascii_letters, True),
        (string.digits, True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("é" * 64, False),
        ("会" * 22, False),
        ("a b", False),
        ("a\n", False),
        ("", False),
    ],
)
def test_t12_session_ids(
    quoting: ServerProcess, asker: Callable[..., Asker], session_id: str, is_allowed: bool
) -> None:
    response = asker(quoting).ask(QUESTION, session_id)
    absent = "40001" if not session_id else "40002"
    assert response.json()["ret"] == ("0" if is_allowed else absent)


@pytest.fixture(scope="module")
def shared(start_server: StartServer) -> ServerProcess:
    """A server of two tenants; the first one has the papers."""
    return with_papers(start_server(API_KEY=KEY))


@pytest.fixture(scope="module")
def others_key(shared: ServerProcess) -> str:
    """A key of the second tenant, that the running server has taken notice of."""
    roles = ("--role", "chat", "--role", "admin")
    made = subprocess.run(
        [COMMAND, "keys", "create", "other", "--tenant", "other", *roles],
        env={"YINGDA_HOME": str(shared.home), "LANG": "C.UTF-8"},
        cwd=shared.home,
        capture_output=True,
        text=True,
        check=True,
    )
    (secret,) = re.findall(r"secret\s+(\S+)", made.stdout)
    other = Asker(shared, secret)
    assert eventually(lambda: other.ask("你好", "s").status_code == 200)
    other.http.close()
    return str(secret)


def test_t13_a_scope_never_widens(
    shared: ServerProcess, others_key: str, asker: Callable[..., Asker]
) -> None:
    mine, other = asker(shared), asker(shared, others_key)
    foreign = other.add("别家.md", "# 退货\n\n签收后 99 天内可以退货。\n")
    deleted = mine.add("旧.md", "# 退货\n\n签收后 55 天内可以退货。\n")
    disabled = mine.add("停用.md", "# 退货\n\n签收后 66 天内可以退货。\n")
    broken = mine.upload("坏.pdf", b"%PDF-1.7\nthis is none")
    ready = mine.add("甲.md", "# 退货\n\n签收后 44 天内可以退货。\n")
    assert mine.stream(QUESTION, "t13-before", ctdoc_id=f"{deleted},{disabled}").stop.refs
    mine.call("delete_ctai_doc_batch", ctdoc_id_list=[deleted])
    mine.call("update_ctai_doc", ctdoc_id=disabled, enabled="0")
    assert eventually(lambda: mine.state(broken) == "failed")
    unknown = "0" * 32
    missing, not_ready = [unknown, foreign, deleted], [disabled, broken]
    for number, wanted in enumerate([*missing, *not_ready, ", ".join((*missing, *not_ready))]):
        for form in ("stream", "whole"):
            session_id = f"t13-{number}-{form}"
            if form == "stream":
                answer = mine.stream(QUESTION, session_id, ctdoc_id=wanted)
                text, data = answer.text, answer.stop.data
            else:
                data = mine.whole(QUESTION, session_id, ctdoc_id=wanted)
                text = data["answer_text"]
            ids = wanted.split(", ")
            assert not re.search(r"\d\d 天", text)
            assert (data["ref_doc_list"], data["extend_info"]["passages"]) == ([], [])
            assert return_type(data) == "fallback_return"
            assert data["extend_info"]["scope"] == {
                "used": [],
                "missing": [one for one in ids if one in missing],
                "not_ready": [one for one in ids if one in not_ready],
            }
    narrowed = mine.stream(QUESTION, "t13-ready", ctdoc_id=f" {ready} ,{unknown},{ready},")
    assert (narrowed.stop.refs, "44 天" in narrowed.text) == ([ready], True)
    assert narrowed.info["scope"] == {"used": [ready], "missing": [unknown], "not_ready": []}


def test_a_document_answers_in_both_dialects_and_in_no_other_tenant(
    shared: ServerProcess, others_key: str, asker: Callable[..., Asker]
) -> None:
    mine, other = asker(shared), asker(shared, others_key)
    tent = mine.add("帐篷.md", "# 帐篷\n\n双人帐篷防水指数为 3000 毫米。\n")
    shared.ingest("睡袋.md", "# 睡袋\n\n羽绒睡袋的舒适温度为零下 7 度。\n", KEY)
    asked = {"双人帐篷的防水指数是多少？": "3000 毫米", "羽绒睡袋的舒适温度是多少？": "零下 7 度"}
    for number, (question, told) in enumerate(asked.items()):
        assert told in mine.stream(question, f"both-{number}").text
        assert told in helpdesk(shared, KEY, question)
        assert told not in other.stream(question, f"both-{number}").text
        assert told not in helpdesk(shared, others_key, question)
    mine.call("delete_ctai_doc_batch", ctdoc_id_list=[tent])
    gone, told = next(iter(asked.items()))
    assert told not in mine.stream(gone, "both-0").text
    assert told not in helpdesk(shared, KEY, gone)


def helpdesk(server: ServerProcess, key: str, question: str) -> str:
    """What the other dialect says."""
    with server.client(key) as client:
        reply: str = client.post("/api/v1/chat", json={"message": question}).json()["reply"]
    return reply
