"""What the tests of this dialect share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.dialects.fastgpt.house import House, open_house

from yingda.dialects.fastgpt.encode import FaceConfig
from yingda.web.stream import StreamWatch


@pytest.fixture
def face_config() -> FaceConfig:
    """How the face is set."""
    return FaceConfig()


@pytest.fixture
async def house(tmp_path, face_config: FaceConfig) -> AsyncIterator[House]:
    async with open_house(tmp_path, face_config, StreamWatch()) as house:
        yield house
