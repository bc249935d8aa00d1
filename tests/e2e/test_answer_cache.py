"""A question asked again is answered again at once, as a turn like any other, and never from old papers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.played_model import PlayedModel
from tests.e2e.wire import answer_of

from yingda.testing.model_server import refused


@pytest.fixture(scope="module")
def cached_model():
    with PlayedModel() as model:
        yield model


@pytest.fixture(scope="module", params=["no model", "model"])
def server(request, start_server, cached_model):
    return start_server(**(cached_model.settings if request.param == "model" else {}))


@pytest.fixture
def caller(server, call):
    """Finds one document, and an empty cache."""
    server.ingest("保修.md", "# 保修政策\n\n白鹭耳机保修 413 天。\n")
    caller = call(server)
    assert caller.http.post("/api/v1/performance/cache/invalidate").json()["success"] is True
    return caller


def test_what_was_streamed_is_answered_from_the_cache_as_the_next_turn(caller):
    first = caller.frames("白鹭耳机保修多少天")
    session_id = first[0].data["session_id"]
    hit = caller.ask("白鹭耳机保修多少天", session_id=session_id)
    data = hit["data"]
    assert (hit["reply"], data["from_cache"]) == (answer_of(first), True)
    assert (data["intent"], data["turn_count"], data["sources"]) == ("knowledge_qa", 2, ["保修.md"])
    assert data["citations"] == first[-1].data["citations"]
    assert answer_of(caller.replay(data["turn_id"])) == hit["reply"], "the hit is a turn of its own"


def test_what_was_answered_whole_is_streamed_from_the_cache(caller, cached_model):
    first = caller.ask("白鹭耳机保修多少天")
    asked = len(cached_model.requests)
    meta, *_, done = frames = caller.frames("白鹭耳机保修多少天")
    assert (meta.data["from_cache"], meta.data["intent"], meta.data["sources"]) == (
        True,
        "knowledge_qa",
        ["保修.md"],
    )
    assert (answer_of(frames), done.data["turn_count"]) == (first["reply"], 1)
    assert len(cached_model.requests) == asked


def test_a_changed_document_leaves_its_old_answers_behind(server, caller):
    assert "413" in caller.ask("白鹭耳机保修多少天")["reply"]
    server.ingest("保修.md", "# 保修政策\n\n白鹭耳机保修 729 天。\n")
    answer = caller.ask("白鹭耳机保修多少天")
    assert ("729" in answer["reply"], answer["data"]["from_cache"]) == (True, False)


def test_two_users_do_not_share_an_answer(caller):
    assert caller.ask("白鹭耳机保修多少天", user_id="u-1")["data"]["from_cache"] is False
    assert caller.ask("白鹭耳机保修多少天", user_id="u-2")["data"]["from_cache"] is False
    assert caller.ask("白鹭耳机保修多少天", user_id="u-1")["data"]["from_cache"] is True


def test_a_miss_is_not_kept(caller):
    for _ in range(2):
        data = caller.ask("鲸鱼一天睡几个小时")["data"]
        assert (data["from_cache"], data["failed_attempts"]) == (False, 1)


def test_figures_and_invalidation(caller):
    before = caller.cache_stats()
    for _ in range(3):
        caller.ask("白鹭耳机保修多少天")
    after = caller.cache_stats()
    assert (after["hits"] - before["hits"], after["misses"] - before["misses"]) == (2, 1)
    assert (after["size"], after["max_size"], after["ttl_seconds"]) == (1, 1000, 300.0)
    cleared = caller.http.post("/api/v1/performance/cache/invalidate").json()
    assert cleared == {"success": True, "cleared": 1, "message": "已清空 1 条缓存"}
    assert caller.ask("白鹭耳机保修多少天")["data"]["from_cache"] is False


def test_a_stopgap_is_not_kept(start_server, call):
    with PlayedModel() as model:
        server = start_server(**model.settings)
        server.ingest("保修.md", "# 保修政策\n\n白鹭耳机保修 413 天。\n")
        caller = call(server)
        model.always(refused(500))
        assert caller.ask("白鹭耳机保修多少天")["data"]["degraded"] == ["model_failed"]
        model.always("白鹭耳机保修 413 天 [1]。")
        data = caller.ask("白鹭耳机保修多少天")["data"]
        assert (data["from_cache"], data["degraded"]) == (False, [])


def test_a_file_replaced_while_questions_run_never_mixes_old_and_new(server, caller, call):
    """Every answer holds one of the values, and once the last upload is done, only the last."""

    values = [str(value) for value in range(801, 811)]

    def replace_all() -> None:
        for value in values:
            server.ingest("保修.md", f"# 保修政策\n\n白鹭耳机保修 {value} 天。\n")

    with ThreadPoolExecutor(1) as pool:
        replacing = pool.submit(replace_all)
        seen = []
        while not replacing.done():
            seen.append(caller.ask("白鹭耳机保修多少天")["reply"])
        replacing.result()
    told = [[value for value in ["413", *values] if value in reply] for reply in seen]
    assert all(len(found) == 1 for found in told), seen
    order = [found[0] for found in told]
    assert order == sorted(order), "an older value came back"
    assert values[-1] in caller.ask("白鹭耳机保修多少天")["reply"]
