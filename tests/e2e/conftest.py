"""The sample shop on a started server, with and without a model; one of each serves many tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.e2e import narrow as narrows
from tests.e2e.played_model import PlayedModel, quote
from tests.e2e.wire import Caller
from tests.server_process import ServerProcess, StartServer

DOCUMENTS = Path(__file__).parents[2] / "samples" / "documents"
OF_THE_SHOP = ("return_policy.md", "物流说明.md", "产品FAQ.md")


def with_documents(server: ServerProcess, key: str | None = None) -> ServerProcess:
    """The server, once the shop's papers can be found."""
    for name in OF_THE_SHOP:
        server.ingest(name, (DOCUMENTS / name).read_bytes(), key)
    return server


@pytest.fixture(scope="session")
def shop(start_lasting_server: StartServer) -> ServerProcess:
    """Open, without a model."""
    return with_documents(start_lasting_server())


@pytest.fixture(scope="session")
def session_model() -> Iterator[PlayedModel]:
    """The model behind `shop_with_model`; tests take `model` instead."""
    with PlayedModel() as model:
        yield model


@pytest.fixture
def model(session_model: PlayedModel) -> Iterator[PlayedModel]:
    """The model, quoting until told otherwise, and again after the test."""
    yield session_model
    session_model.answer = quote


@pytest.fixture(scope="session")
def shop_with_model(start_lasting_server: StartServer, session_model: PlayedModel) -> ServerProcess:
    """Open, with the model that the fixture `model` plays."""
    return with_documents(start_lasting_server(**session_model.settings))


@pytest.fixture(scope="session")
def narrow_model() -> Iterator[PlayedModel]:
    """The model behind `narrow`."""
    with PlayedModel() as model:
        yield model


@pytest.fixture(scope="session")
def narrow(start_lasting_server: StartServer, narrow_model: PlayedModel) -> ServerProcess:
    """A server that makes one model call at a time."""
    server = start_lasting_server(**narrow_model.settings, **narrows.SETTINGS)
    server.ingest("return_policy.md", narrows.RETURNS)
    return server


@pytest.fixture
def call() -> Iterator[Callable[..., Caller]]:
    """`call(server, key)` is somebody who talks to the server until the test is over."""
    with ExitStack() as stack:

        def call(server: ServerProcess, key: str | None = None) -> Caller:
            caller = Caller(server, key)
            stack.callback(caller.http.close)
            return caller

        yield call
