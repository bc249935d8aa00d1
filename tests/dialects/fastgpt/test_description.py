"""The face as the interface's description tells it."""

from __future__ import annotations

from tests.dialects.fastgpt.house import House


async def test_every_path_is_described_without_a_warning(house: House):
    async with house.caller() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    described = {f"{method} {path}" for path, methods in paths.items() for method in methods}
    assert {"post /api/v1/chat/completions", "delete /api/core/chat/record/delete"} <= described
