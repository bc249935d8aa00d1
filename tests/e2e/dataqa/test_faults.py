"""What is away is told: the store of conversations, and the database that is asked about."""

from __future__ import annotations

import subprocess

import pytest
from tests.e2e.played_model import eventually
from tests.servers import binary

ASK = "/api/v0/ask_agent"
LIST = "/api/v0/user/john/conversations"
ORDERS = {"question": "各大区的订单数", "user_id": "john"}
ROWS = "CREATE TABLE orders (id integer PRIMARY KEY, region text); INSERT INTO orders VALUES (1, 'north')"


@pytest.fixture
def over_redis(start_server, redis_process):
    yield start_server(REDIS_URL=redis_process.url), redis_process
    redis_process.start()


def test_redis_stops_in_the_middle_of_a_conversation(over_redis):
    server, redis = over_redis
    with server.client() as http:
        first = http.post(ASK, json=ORDERS).json()["data"]
        going_on = {**ORDERS, "conversation_id": first["conversation_id"]}
        stats = http.get("/api/v0/conversation_stats").json()["data"]
        redis.stop()
        away = http.post(ASK, json=going_on)
        listed = http.get(LIST)
        redis.start()
        assert eventually(lambda: http.get(LIST).status_code == 200)
        back = http.post(ASK, json=going_on).json()["data"]
    assert (stats["total_conversations"], stats["redis_info"]["connected"]) == (1, True)
    assert (away.status_code, away.json()["data"]["degraded"]) == (200, True)
    assert away.json()["data"]["query_result"] == first["query_result"]
    assert (listed.status_code, listed.json()["data"]["error_type"]) == (503, "database_error")
    assert (listed.json()["data"]["degraded"], listed.json()["data"]["can_retry"]) == (True, True)
    assert (back["conversation_status"], back["conversation_id"]) == ("continued", first["conversation_id"])


@pytest.fixture
def over_postgres(start_server, postgres_process, make_database):
    url = make_database()
    subprocess.run([binary("psql"), "-q", "-d", url, "-c", ROWS], check=True)
    yield start_server(DATA_URL=url), postgres_process
    postgres_process.start()


def test_the_database_stops_and_comes_back(over_postgres):
    server, postgres = over_postgres
    asked = {"question": "how many orders", "user_id": "john"}
    with server.client() as http:
        before = http.post(ASK, json=asked)
        postgres.stop()
        away = http.post(ASK, json={**asked, "user_id": "jane"})
        health = http.get("/api/v0/agent_health")
        postgres.start()
        assert eventually(lambda: http.post(ASK, json={**asked, "user_id": "joe"}).status_code == 200)
    assert (before.status_code, len(before.json()["data"]["query_result"]["rows"])) == (200, 1)
    assert (away.status_code, away.json()["data"]["can_retry"]) == (503, True)
    assert (health.status_code, health.json()["data"]["status"]) == (503, "unhealthy")


def test_without_a_summary_the_rows_stand_alone(start_server):
    with start_server(ENABLE_RESULT_SUMMARY="false").client() as http:
        data = http.post(ASK, json=ORDERS).json()["data"]
    assert (data["response"], "summary" in data, bool(data["query_result"]["rows"])) == ("", False, True)


def test_a_pair_counts_once_approved_and_leaves_cached_answers_behind(start_server):
    pair = {"question": "本店一共卖出多少单", "sql": "SELECT COUNT(*) AS n FROM orders"}
    with start_server().client() as http:
        taught = http.post("/api/v0/citu_train_question_sql", json=pair).json()["data"]
        http.post(ASK, json=ORDERS)
        http.post("/api/v0/training_data/approve", json={"ids": [taught["training_id"]]})

        def answered():
            return http.post(ASK, json={"question": pair["question"], "user_id": "john"})

        assert eventually(lambda: answered().status_code == 200)
        used = answered().json()["data"]
        anew = http.post(ASK, json=ORDERS).json()["data"]
    assert (used["explanation"]["source"], used["query_result"]["columns"]) == ("verified", ["n"])
    assert anew["from_cache"] is False
