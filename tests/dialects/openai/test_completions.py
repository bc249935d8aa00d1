"""A chat completion as the published client asks for it and reads it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import openai
import pytest
from fastapi import FastAPI
from tests.databases import migrated_file
from tests.dialects.docqa.house import Script, serving

from yingda.conversations.sqlite import open_sqlite
from yingda.dialects.helpdesk.errors import error_body
from yingda.dialects.openai.encode import OpenAIDialect
from yingda.dialects.openai.errors import refuse
from yingda.dialects.openai.routes.completions import PREFIXES, completion_routes
from yingda.engine import Engine, EngineConfig
from yingda.errors import ModelUnavailable
from yingda.storage.sql import open_database
from yingda.turns.clock import SystemClock
from yingda.turns.events import ContentBlocked, PassageCited, PassagesFound, UsageReported
from yingda.turns.types import DocumentId, Passage, Usage
from yingda.web.auth import Authenticator, AuthGate
from yingda.web.keys import Keys
from yingda.web.respond import ErrorResponses
from yingda.web.stream import StreamWatch

TEXT = "签收后 7 天内可退货。"
RETURNS = Passage(
    id="p1",
    document_id=DocumentId("d" * 32),
    version=1,
    source="退货.pdf",
    text=TEXT,
    start=10,
    end=22,
    score=0.9,
    page=3,
)
CITED = [
    PassagesFound(passages=(RETURNS,)),
    "您好。",
    "七天",
    "内。",
    PassageCited(passage_id="p1", quote=TEXT, start=10, end=22),
    UsageReported(usage=Usage(model="m", prompt_tokens=10, completion_tokens=3)),
]
SOURCE = {
    "start_index": 0,
    "end_index": 7,
    "title": "退货.pdf",
    "url": "urn:document:" + "d" * 32,
    "file_id": "d" * 32,
    "quote": TEXT,
    "page": 3,
    "start_char": 10,
    "end_char": 22,
}
ASK = [{"role": "user", "content": "几天内退货"}]


@dataclass(slots=True)
class House:
    """A server and its script."""

    url: str
    script: Script

    def client(self, key: str = "k") -> openai.AsyncOpenAI:
        http = httpx.AsyncClient(trust_env=False)
        return openai.AsyncOpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, http_client=http)


@pytest.fixture
async def house(tmp_path) -> AsyncIterator[House]:
    path, clock, script = tmp_path / "yingda.db", SystemClock(), Script()
    migrated_file(path)
    async with open_sqlite(path, clock) as store, open_database(str(path)) as database:
        engine = Engine(script, store, clock, EngineConfig())
        errors = ErrorResponses(error_body, dict.fromkeys(PREFIXES, refuse))
        routes = FastAPI()
        errors.install(routes)
        routes.include_router(completion_routes(engine, StreamWatch()))
        gate = AuthGate(routes, Authenticator("k", Keys(database)), lambda path: False, errors)
        async with serving(gate) as url:
            yield House(url, script)
            await engine.shutdown(0.0)


async def test_an_answer_comes_whole_with_its_sources(house: House):
    house.script.steps = CITED
    async with house.client() as client:
        answer = await client.chat.completions.create(model="any", messages=ASK)
    (choice,) = answer.choices
    assert (choice.message.content, choice.finish_reason, answer.model) == ("您好。七天内。", "stop", "any")
    assert [one.url_citation.model_dump() for one in choice.message.annotations or ()] == [SOURCE]
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (10, 13)


async def test_a_stream_says_the_same(house: House):
    house.script.steps = CITED
    async with house.client() as client:
        stream = await client.chat.completions.create(
            model="any", messages=ASK, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "您好。七天内。"
    (found,) = [delta.annotations for delta in deltas if getattr(delta, "annotations", None)]
    assert found == [{"type": "url_citation", "url_citation": SOURCE}]
    assert (chunks[-2].choices[0].finish_reason, chunks[-1].usage.total_tokens) == ("stop", 13)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


async def test_a_stream_ends_as_the_interface_says(house: House):
    async with httpx.AsyncClient(trust_env=False, headers={"authorization": "Bearer k"}) as client:
        response = await client.post(
            f"{house.url}/v1/chat/completions", json={"messages": ASK, "stream": True}
        )
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.content.endswith(b"data: [DONE]\n\n")
    assert OpenAIDialect.keep_alive.endswith(b"\n\n")


async def test_a_follow_up_is_made_whole_from_the_messages_before_it(house: House):
    dialogue = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": "退货要运费吗"},
        {"role": "assistant", "content": "要。"},
        {"role": "user", "content": [{"type": "text", "text": "那换货呢"}]},
    ]
    async with house.client() as client:
        await client.chat.completions.create(model="any", messages=dialogue, temperature=2)  # type: ignore[arg-type]
    (turn,) = house.script.turns
    assert (turn.question, turn.history, turn.options.temperature) == ("换货要运费吗", (), 1.0)


async def test_a_refused_answer_says_so(house: House):
    house.script.steps = [ContentBlocked(what="question"), "不行。"]
    async with house.client() as client:
        answer = await client.chat.completions.create(model="any", messages=ASK)
    assert answer.choices[0].finish_reason == "content_filter"


async def test_errors_are_the_clients_own(house: House):
    blank = [{"role": "user", "content": " "}]
    async with house.client() as client, house.client("wrong") as stranger:
        with pytest.raises(openai.AuthenticationError):
            await stranger.chat.completions.create(model="any", messages=ASK)
        for wrong in ({"messages": []}, {"messages": blank}, {"messages": ASK, "n": 2}):
            with pytest.raises(openai.BadRequestError):
                await client.chat.completions.create(model="any", **wrong)  # type: ignore[call-overload]
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("nothing/there")
        assert [model.id async for model in client.models.list()] == ["yingda"]


async def test_a_failing_answer_is_an_error_in_either_form(house: House):
    house.script.steps = ["七", ModelUnavailable("gone")]
    async with house.client() as client:
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="any", messages=ASK)
        stream = await client.chat.completions.create(model="any", messages=ASK, stream=True)
        with pytest.raises(openai.APIError) as failed:
            [chunk async for chunk in stream]
    assert json.dumps(failed.value.body).count("model_unavailable") == 1
