"""Who may see what is decided by a file, for every question alike."""

from __future__ import annotations

import pytest
from tests.server_process import ServerProcess, StartServer

POLICIES = """
rows:
- {name: cancelled only, table: orders, condition: "status = '已取消'"}
columns:
- {name: no levels, table: customers, columns: level}
"""


@pytest.fixture(scope="module")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> ServerProcess:
    path = tmp_path_factory.mktemp("policies") / "policies.yaml"
    path.write_text(POLICIES)
    return start_server(DATA_POLICIES=str(path))


def ask(server: ServerProcess, question: str) -> dict:
    with server.client() as client:
        return client.post("/api/v0/ask_agent", json={"question": question}).json()["data"]


def test_rows_behind_a_policy_are_not_counted(server):
    [by_status] = ask(server, "各状态的订单数")["query_result"]["rows"]
    assert "已取消" in by_status.values()


def test_a_hidden_column_is_no_word_of_a_question(server):
    answer = ask(server, "各会员等级的客户数")
    assert (answer["error_type"], "query_result" in answer) == ("sql_generation_failed", False)
