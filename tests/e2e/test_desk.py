"""The desk on a real server: a human takes over, is heard, and gives back; nothing is lost on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.server_process import ServerProcess, StartServer

HELLO = "您好，我是小李，请问有什么可以帮您？"


class Customer:
    """Somebody with one conversation."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.session_id: str | None = None

    def ask(self, message: str) -> dict[str, Any]:
        """The whole answer."""
        body = {"message": message, "session_id": self.session_id, "user_id": "u-7"}
        answer = self.http.post("/api/v1/chat", json=body)
        assert answer.status_code == 200, answer.text
        self.session_id = answer.json()["session_id"]
        return answer.json()  # type: ignore[no-any-return]

    def events(self, after: int = 0) -> dict[str, Any]:
        """What the feed has behind a cursor."""
        path = f"/api/v1/chat/sessions/{self.session_id}/events"
        return self.http.get(path, params={"after": after}).json()  # type: ignore[no-any-return]

    @contextmanager
    def feed(self, last: int | None = None) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
        """The feed as it comes."""
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        path = f"/api/v1/chat/sessions/{self.session_id}/feed"
        with self.http.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield frames(response)


def frames(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    event = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("data: "):
            yield event, json.loads(line[6:])


class Operator:
    """Somebody at the desk."""

    def __init__(self, http: httpx.Client, agent_id: str = "小李") -> None:
        self.http = http
        self.agent_id = agent_id

    def post(self, session_id: str | None, what: str, **body: Any) -> httpx.Response:
        """One action on a conversation."""
        return self.http.post(f"/api/v1/agent/sessions/{session_id}/{what}", json=body)

    def accept(self, session_id: str | None) -> httpx.Response:
        """Take it."""
        return self.post(session_id, "accept", agent_id=self.agent_id)

    def detail(self, session_id: str | None) -> dict[str, Any]:
        """The conversation as the desk shows it."""
        return self.http.get(f"/api/v1/agent/sessions/{session_id}").json()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> ServerProcess:
    return start_server()


@pytest.fixture
def customer(server: ServerProcess) -> Iterator[Customer]:
    with server.client() as http:
        yield Customer(http)


@pytest.fixture
def operator(server: ServerProcess) -> Iterator[Operator]:
    with server.client() as http:
        yield Operator(http)


def test_a5_an_operator_is_heard_and_the_bot_is_silent_meanwhile(customer: Customer, operator: Operator):
    waiting = len(pending(operator))
    asked = customer.ask("转人工")
    assert (asked["data"]["agent_status"], asked["data"]["queue_position"]) == ("pending", waiting + 1)
    assert customer.session_id in [one["session_id"] for one in pending(operator)]
    taken = operator.accept(customer.session_id).json()
    assert (taken["agent_status"], taken["assigned_agent_id"]) == ("assigned", "小李")
    with customer.feed() as feed:
        assert [next(feed)[1]["event"] for _ in range(2)] == ["requested", "claimed"]
        said = operator.post(customer.session_id, "messages", content=HELLO)
        assert (said.status_code, said.json()["role"]) == (200, "assistant")
        event, told = next(feed)
        assert (event, told["content"], told["agent_id"]) == ("message", HELLO, "小李")
    silent = customer.ask("我的耳机坏了")
    assert (silent["reply"], silent["data"]["agent_status"]) == ("", "assigned")
    history = [(one["sender"], one["content"]) for one in operator.detail(customer.session_id)["history"]]
    assert history[-2:] == [("operator", HELLO), ("customer", "我的耳机坏了")]
    resolved = operator.post(customer.session_id, "resolve", note="换新").json()
    assert (resolved["agent_status"], resolved["session_id"]) == ("resolved", customer.session_id)
    assert customer.ask("你好")["reply"] != ""


def pending(operator: Operator) -> list[dict[str, Any]]:
    return operator.http.get("/api/v1/agent/sessions/pending").json()  # type: ignore[no-any-return]


def test_a3_a_request_in_a_stream_reaches_the_desk(customer: Customer, operator: Operator):
    with customer.http.stream("POST", "/api/v1/chat/stream", json={"message": "转人工"}) as response:
        done = next(data for event, data in frames(response) if event == "done")
    assert (done["agent_status"], done["escalation_card"]["rule_matched"]) == ("pending", "user_request")
    assert done["session_id"] in [one["session_id"] for one in pending(operator)]
    customer.session_id = done["session_id"]
    operator.accept(customer.session_id)
    body = {"message": "在吗", "session_id": customer.session_id}
    with customer.http.stream("POST", "/api/v1/chat/stream", json=body) as response:
        events = list(frames(response))
    assert [event for event, _ in events] == ["meta", "done"]
    assert (events[-1][1]["answer"], events[-1][1]["agent_status"]) == ("", "assigned")


def test_a_feed_is_resumed_behind_the_last_event(customer: Customer, operator: Operator):
    customer.ask("转人工")
    operator.accept(customer.session_id)
    for text in ("一", "二", "三"):
        operator.post(customer.session_id, "messages", content=text)
    polled = customer.events()
    assert [one.get("content") for one in polled["items"]] == [None, None, "一", "二", "三"]
    assert customer.events(polled["cursor"])["items"] == []
    with customer.feed(last=3) as feed:
        assert [next(feed)[1]["content"] for _ in range(2)] == ["二", "三"]


def test_the_state_decides_what_may_be_done(customer: Customer, operator: Operator):
    customer.ask("你好")
    for what, body in (("accept", {}), ("messages", {"content": "在"}), ("resolve", {})):
        refused = operator.post(customer.session_id, what, **body)
        assert (refused.status_code, "never escalated" in refused.json()["detail"]) == (409, True)
    customer.ask("转人工")
    assert operator.post(customer.session_id, "messages", content="在").status_code == 409
    assert operator.accept(customer.session_id).status_code == 200
    again = operator.accept(customer.session_id)
    assert (again.status_code, "assigned by 小李" in again.json()["detail"]) == (409, True)
    assert operator.post(customer.session_id, "messages", content="在", agent_id="小王").status_code == 409
    unknown = operator.accept("nobody")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "Session nobody not found")


def test_what_is_returned_to_the_bot_leaves_a_summary(customer: Customer, operator: Operator):
    customer.ask("转人工")
    operator.accept(customer.session_id)
    operator.post(customer.session_id, "return", note="已核实，耳机在保修期内。")
    assert customer.events()["items"][-1]["event"] == "returned"
    assert customer.ask("你好")["reply"] != ""
    again = customer.ask("转人工")
    assert "已核实，耳机在保修期内。" in again["data"]["escalation_card"]["conversation_summary"]


def test_c10_every_action_is_written_down(customer: Customer, operator: Operator):
    customer.ask("转人工")
    operator.accept(customer.session_id)
    operator.post(customer.session_id, "messages", content="在")
    customer.ask("好的")
    operator.post(customer.session_id, "release", note="换班")
    Operator(operator.http, "小王").accept(customer.session_id)
    operator.post(customer.session_id, "resolve", note="办妥")
    log = operator.http.get(f"/api/v1/agent/sessions/{customer.session_id}/events").json()["items"]
    assert [(one["event"], one["actor"], one["content"]) for one in log] == [
        ("requested", "", "用户要求转接人工客服"),
        ("claimed", "小李", ""),
        ("operator", "小李", "在"),
        ("customer", "u-7", "好的"),
        ("released", "小李", "换班"),
        ("claimed", "小王", ""),
        ("resolved", "小王", "办妥"),
    ]
    assert {one["key_id"] for one in log} == {"open"}


def test_of_many_operators_each_gets_another_conversation(server: ServerProcess, customer: Customer):
    with server.client() as http:
        while (
            Operator(http).http.post("/api/v1/agent/sessions/claim", json={"agent_id": "z"}).status_code
            == 200
        ):
            pass
    sessions = set()
    for _ in range(12):
        customer.session_id = None
        customer.ask("转人工")
        sessions.add(customer.session_id)
    got: list[str] = []

    def take(name: str) -> None:
        with server.client() as http:
            for _ in range(2):
                answer = http.post("/api/v1/agent/sessions/claim", json={"agent_id": name})
                if answer.status_code == 200:
                    got.append(answer.json()["session_id"])

    threads = [threading.Thread(target=take, args=(f"op-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(got), len(got)) == (sorted(sessions), 12)


def test_b6_a_crash_while_a_human_holds_the_conversation_loses_nothing(start_server: StartServer):
    server = start_server()
    with server.client() as http:
        customer, operator = Customer(http), Operator(http)
        customer.ask("转人工")
        operator.accept(customer.session_id)
        operator.post(customer.session_id, "messages", content=HELLO)
        customer.ask("耳机坏了")
        before = operator.detail(customer.session_id)
        server.kill()
        server.start()
        assert operator.detail(customer.session_id) == before
        assert customer.ask("还在吗")["data"]["agent_status"] == "assigned"
        assert operator.post(customer.session_id, "messages", content="在的").status_code == 200
        assert [one.get("content") for one in customer.events()["items"]][2:] == [HELLO, "在的"]


def test_an_operators_solution_answers_the_next_customer_once_approved(
    server: ServerProcess, customer: Customer, operator: Operator
):
    asked = "蓝鲸耳机的充电盒丢了能单独买吗"
    customer.ask("转人工")
    operator.accept(customer.session_id)
    kept = operator.post(
        customer.session_id, "solution", question=asked, solution="可以，在配件页面购买，59 元。"
    ).json()
    waiting = operator.http.get("/api/v1/escalation/solutions/pending").json()
    assert kept["solution_id"] in [one["solution_id"] for one in waiting]
    customer.session_id = None
    assert "59 元" not in customer.ask(asked)["reply"]
    path = f"/api/v1/escalation/solutions/{kept['solution_id']}/approve"
    approved = operator.http.post(path, json={"similar_questions": ["充电盒可以单买吗"]}).json()
    assert (approved["status"], bool(approved["curated_id"])) == ("approved", True)
    assert operator.http.post(path).status_code == 409
    for question in (asked, "充电盒可以单买吗"):
        customer.session_id = None
        assert customer.ask(question)["reply"] == "可以，在配件页面购买，59 元。"


def test_a_solution_that_is_turned_down_answers_nobody(operator: Operator):
    body = {"question": "月球门店几点开门", "solution": "九点。"}
    kept = operator.http.post("/api/v1/escalation/solution", json=body).json()
    path = f"/api/v1/escalation/solutions/{kept['solution_id']}"
    assert operator.http.post(f"{path}/reject").json()["status"] == "rejected"
    assert operator.http.post(f"{path}/approve").status_code == 409


def test_a1_a_complaint_in_chat_becomes_a_ticket_of_the_conversation(customer: Customer, operator: Operator):
    told = customer.ask("我要投诉快递太慢")
    found = operator.http.get("/api/v1/tickets", params={"session_id": customer.session_id}).json()
    (ticket,) = found["items"]
    assert ticket["ticket_id"] in told["reply"]
    assert (ticket["category"], ticket["priority"], ticket["user_id"]) == ("complaint", "high", "u-7")
    path = f"/api/v1/tickets/{ticket['ticket_id']}"
    assert operator.http.post(f"{path}/close").json()["status"] == "closed"
    assert operator.http.patch(path, json={"status": "processing"}).status_code == 409


def test_a13_out_of_hours_anger_becomes_a_ticket_in_both_forms(start_server: StartServer):
    server = start_server(WORKING_HOURS_START="0", WORKING_HOURS_END="24", HOLIDAYS=",".join(around_today()))
    with server.client() as http:
        customer, operator = Customer(http), Operator(http)
        told = customer.ask("你们这群骗子，气死我了，太过分了！！！")
        assert ("工单 TK-" in told["reply"], told["data"]["escalate_to_human"]) == (True, False)
        body = {"message": "你们这群骗子，气死我了，太过分了！！！"}
        with http.stream("POST", "/api/v1/chat/stream", json=body) as response:
            done = next(data for event, data in frames(response) if event == "done")
        assert ("工单 TK-" in done["answer"], done["escalate"], pending(operator)) == (True, False, [])
        assert http.get("/api/v1/tickets").json()["total"] == 2


def around_today() -> list[str]:
    today = datetime.now(UTC).date()
    return [str(today + timedelta(days=days)) for days in (-1, 0, 1)]


def test_who_may_recommend_gets_scores_between_0_and_1(
    server: ServerProcess, customer: Customer, operator: Operator
):
    server.ingest("保修.md", "# 保修\n\n蓝鲸耳机保修 24 个月，凭发票办理。\n")
    customer.ask("转人工")
    found = operator.post(customer.session_id, "knowledge-recommend", query="蓝鲸耳机保修多久").json()
    assert found["total"] == len(found["chunks"]) >= 1
    assert (found["chunks"][0]["source"], 0 < found["chunks"][0]["score"] <= 1) == ("保修.md", True)


def test_b21_the_desk_sees_its_customers_own_affairs_masked(customer: Customer, operator: Operator):
    body = {"message": "转人工", "user_id": "u_10086"}
    session_id = customer.http.post("/api/v1/chat", json=body).json()["session_id"]
    own = operator.post(session_id, "business-assist", query="订单 ORD-2024-001 的状态").json()
    assert (own["result"]["error"], own["result"]["scene"]) == (None, "order")
    assert "receiver_phone" in own["masked_fields"]
    customer.ask("转人工")
    other = operator.post(customer.session_id, "business-assist", query="订单 ORD-2024-001 的状态").json()
    assert (other["result"]["error"], other["result"]["data"]) == ("not_yours", {})
