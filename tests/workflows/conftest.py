"""One JavaScript engine for the tests of a module: children are real processes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from yingda.workflows.sandbox import JavaScriptSandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[JavaScriptSandbox]:
    async with JavaScriptSandbox() as engine:
        yield engine
