"""A prompt, and a model over a real socket."""

import aiohttp
import pytest

from yingda.llm.openai_chat import EndpointConfig, OpenAIChat
from yingda.llm.types import Prompt, PromptMessage


@pytest.fixture
def prompt():
    return Prompt(messages=(PromptMessage(role="user", text="hush-hush"),))


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def chat_at(session):
    """`chat_at(server, idle_s=...)`: a model that asks that server."""

    def make(server, **overrides):
        fields = {"name": "main", "base_url": server.base_url, "model": "m1", "api_key": "sk-secret"}
        return OpenAIChat(session, EndpointConfig(**(fields | overrides)))

    return make
