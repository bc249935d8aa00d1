"""Functions that a model asks for arrive in pieces and leave whole, over a real socket too."""

from __future__ import annotations

import json
from contextlib import aclosing

import pytest

from yingda.llm.deltas import Reply
from yingda.llm.failures import ModelGarbled
from yingda.llm.quick_reply import ask
from yingda.llm.types import Prompt, PromptMessage, TextChunk, Tool, ToolCallChunk
from yingda.testing.model_server import ModelServer, asking

SCHEMA = {"type": "object", "properties": {"order_id": {"type": "string"}}}
TOOL = Tool(name="query_order", description="Looks.", parameters_json=json.dumps(SCHEMA))
PROMPT = Prompt(messages=(PromptMessage(role="user", text="where is it"),), tools=(TOOL,))
CALL = ToolCallChunk(call_id="call_1", name="query_order", arguments_json='{"order_id": "ORD-1-2"}')


async def test_a_call_comes_whole_after_the_text(chat_at):
    script = asking("call_1", "query_order", '{"order_id"', ': "ORD-1-2"}', text="Let me see.")
    async with ModelServer(script) as server, aclosing(chat_at(server).stream(PROMPT)) as stream:
        chunks = [chunk async for chunk in stream]
    assert (chunks[0], chunks[-1]) == (TextChunk("Let me see."), CALL)
    assert server.requests[0].body["tools"] == [
        {
            "type": "function",
            "function": {"name": "query_order", "description": "Looks.", "parameters": SCHEMA},
        }
    ]


async def test_a_quick_reply_holds_the_calls(chat_at):
    async with ModelServer(asking("call_1", "query_order", CALL.arguments_json)) as server:
        reply = await ask(chat_at(server), PROMPT, 5.0)
    assert (reply.text, reply.calls) == ("", (CALL,))


async def test_a_prompt_without_tools_names_none(chat_at, prompt):
    async with ModelServer() as server:
        await ask(chat_at(server), prompt, 5.0)
    assert "tools" not in server.requests[0].body


@pytest.mark.parametrize("calls", ['"no list"', '[{"function": {"arguments": 7}}]', "[3]"])
def test_what_is_no_call_is_a_failure(calls):
    reply = Reply("main", "m1")
    chunks = reply.take([f'{{"choices": [{{"delta": {{"tool_calls": {calls}}}}}]}}'.encode()])
    assert (chunks, type(reply.failure)) == ([], ModelGarbled)
