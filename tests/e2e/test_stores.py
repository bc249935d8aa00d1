"""The same chat on Redis and on PostgreSQL, and while they are away; and on a full disk."""

from __future__ import annotations

import resource

import pytest
from tests.e2e.played_model import PlayedModel, eventually, quote
from tests.e2e.wire import answer_of, raw_of

from yingda.testing.model_server import Hang, Scripted, delta

UNENDING = Scripted(steps=(delta(content="签收后"), Hang()))
AWAY = {"detail": "会话存储暂时不可用，请稍后重试"}


@pytest.fixture(scope="module")
def store_model():
    with PlayedModel() as model:
        yield model


@pytest.fixture
def model(store_model):
    yield store_model
    store_model.answer = quote


@pytest.fixture(scope="module", params=["redis", "postgres"])
def kept(request, start_server, store_model):
    """A server whose conversations are kept elsewhere, and that other place."""
    place = request.getfixturevalue(f"{request.param}_process")
    name = {"redis": "REDIS_URL", "postgres": "DATABASE_URL"}[request.param]
    server = start_server(**{name: place.url}, **store_model.settings)
    server.ingest("return_policy.md", "# 退货政策\n\n签收后 7 天内可以退货。\n")
    yield server, place
    place.start()


@pytest.fixture
def server(kept):
    return kept[0]


@pytest.fixture
def place(kept):
    yield kept[1]
    kept[1].start()


@pytest.fixture
def caller(server, call):
    return call(server)


def test_the_whole_of_a_chat(caller):
    first = caller.frames("几天内可以退货")
    session_id, turn_id = first[0].data["session_id"], first[0].data["turn_id"]
    assert (answer_of(first), first[-1].data["sources"]) == ("签收后 7 天内可以退货。", ["return_policy.md"])
    second = caller.ask("几天内可以退货", session_id=session_id)["data"]
    assert (second["turn_count"], second["from_cache"]) == (2, True)
    assert raw_of(caller.replay(turn_id)) == raw_of(first)
    assert raw_of(caller.replay(turn_id, after=1)) == raw_of(first[1:])
    keyed = {"Idempotency-Key": f"k-{turn_id}"}
    assert caller.post("你好", headers=keyed).json() == caller.post("你好", headers=keyed).json()
    misses = [caller.ask(text, session_id=session_id)["data"] for text in ("鲸鱼睡多久", "火星食堂几点开")]
    # From the third turn on, one that is not resolved is enough; then the conversation waits already.
    assert [miss["escalate_to_human"] for miss in misses] == [True, False]


NUL = "a\x00b"


def test_what_no_store_can_hold_is_refused_wherever_it_comes_in(caller):
    def upload(**labels: str) -> int:
        files = {"file": ("n.md", b"# n\n\nnothing\n")}
        return caller.http.post("/api/v1/knowledge/ingest", files=files, data=labels).status_code

    documents = "/api/v1/knowledge/documents"
    statuses = [
        upload(product_category=NUL),
        upload(applicable_version=NUL),
        upload(published_at=NUL),
        caller.http.get(f"{documents}/doc-%00").status_code,
        caller.http.delete(f"{documents}/doc-%00").status_code,
        caller.http.get(documents, params={"offset": 10**30}).status_code,
        caller.post("hi", session_id=NUL).status_code,
        caller.post("hi", user_id=NUL).status_code,
    ]
    assert statuses == [422] * len(statuses)


def test_it_comes_back_after_a_restart(server, caller, call):
    answer = caller.ask("几天内可以退货")
    server.stop()
    server.start()
    again = call(server).ask("几天内可以退货", session_id=answer["session_id"])
    assert (again["data"]["turn_count"], again["data"]["session_restarted"]) == (2, False)


def test_a_store_that_is_away_is_told_and_one_that_is_back_is_used(server, caller, place):
    session_id = caller.ask("几天内可以退货")["session_id"]
    place.stop()
    refused = caller.post("几天内可以退货", session_id=session_id)
    assert (refused.status_code, refused.json()) == (503, AWAY)
    stream = caller.http.post("/api/v1/chat/stream", json={"message": "几天内可以退货"})
    assert (stream.status_code, stream.json()) == (503, AWAY)
    health = caller.http.get("/api/v1/health").json()
    assert (health["status"], health["parts"]["conversations"]) == (
        "degraded",
        "unavailable: store_unavailable",
    )
    place.start()
    assert eventually(lambda: caller.post("你好", session_id=session_id).status_code == 200)
    again = caller.ask("几天内可以退货", session_id=session_id)
    assert again["reply"] == "签收后 7 天内可以退货。"
    assert again["data"]["session_restarted"] is False
    assert eventually(lambda: caller.http.get("/api/v1/health").json()["status"] == "ok")


def test_an_answer_that_ends_while_the_store_is_away_is_saved_later(caller, place, model):
    model.always(UNENDING)
    with caller.stream("签收后可以退货吗") as stream:
        meta, token = stream.next(), stream.until("token")
        place.stop()
        model.refuse()  # the rest of the answer comes from the documents
        frames = [meta, token, *stream]
    assert "7 天" in answer_of(frames)
    place.start()
    model.accept()
    turn_id, session_id = meta.data["turn_id"], meta.data["session_id"]
    assert eventually(lambda: was_saved(caller, turn_id))
    assert raw_of(caller.replay(turn_id)) == raw_of(frames)
    assert caller.ask("你好", session_id=session_id)["data"]["turn_count"] == 2


def was_saved(caller, turn_id: str) -> bool:
    return caller.http.get(f"/api/v1/chat/turns/{turn_id}/stream").status_code == 200


@pytest.fixture
def fill_disk():
    """`fill_disk(server)`: it cannot make a file longer, until `fill_disk(server, False)`."""

    def fill(server, is_full: bool = True) -> None:
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 if is_full else hard, hard))

    return fill


def test_a_full_disk_is_told_and_once_there_is_room_all_is_well(start_server, call, fill_disk):
    server = start_server()
    server.ingest("return_policy.md", "# 退货政策\n\n签收后 7 天内可以退货。\n")
    caller = call(server)
    session_id = caller.ask("几天内可以退货")["session_id"]
    fill_disk(server)
    tried = [caller.post("几天内可以退货", session_id=session_id) for _ in range(3)]
    assert [(each.status_code, each.json()) for each in tried] == [(503, AWAY)] * 3
    files = {"file": ("更多.md", "# 更多\n\n白鹭耳机保修 413 天。\n".encode())}
    assert caller.http.post("/api/v1/knowledge/ingest", files=files).status_code >= 500
    assert caller.http.get("/api/v1/health").status_code == 200
    fill_disk(server, False)
    assert eventually(lambda: caller.post("你好", session_id=session_id).status_code == 200)
    assert caller.ask("几天内可以退货", session_id=session_id)["reply"] == "签收后 7 天内可以退货。"
    assert server.ingest("更多.md", "# 更多\n\n白鹭耳机保修 413 天。\n")["status"] == "added"
    assert "413" in caller.ask("白鹭耳机保修多少天")["reply"]
