"""The same call endpoints over a workflow that was exported, and over a FastGPT server."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
from tests.server_process import COMMAND, StartServer, free_port

from yingda.testing.fastgpt_server import APP_ID, KEY, FastGPTServer

EXPORT = Path(__file__).parents[2] / "workflows/exports/accident.json"


async def said(server: Any, text: str, number: int) -> dict[str, Any]:
    body = {"sessionId": "call-1", "timeStamp": str(number), "text": text}
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        answer = (await http.post("/chat", json=body)).json()
    return {key: answer[key] for key in ("nextStageCode", "code")}


async def told(server: Any, key: str) -> Any:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        body = {"sessionId": "call-1", "timeStamp": "9", "key": key}
        return (await http.post("/get_info", json=body)).json()["value"]


async def test_an_exported_workflow_answers_calls_without_a_model(
    start_server: StartServer, tmp_path: Path
) -> None:
    shutil.copy(EXPORT, tmp_path / "accident.json")
    server = start_server(CALLFLOW_BACKEND="workflow", CALLFLOW_WORKFLOW=str(tmp_path / "accident.json"))
    assert await said(server, "我的车牌是沪A12345，电话13800138000", 1) == {
        "nextStageCode": "1002",
        "code": "200",
    }
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        chat = {"messages": [{"role": "user", "content": "有人受伤流血了"}], "chatId": "c-1", "detail": True}
        answer = (await http.post("/api/v1/chat/completions", json=chat)).json()
    assert answer["choices"][0]["message"]["content"].startswith("<state>0003</state>")
    assert {"start0", "inj1", "hurt1"} <= {node["nodeId"] for node in answer["responseData"]}


async def test_calls_are_passed_on_to_a_fastgpt_server(start_server: StartServer) -> None:
    async with FastGPTServer() as upstream:
        server = start_server(
            CALLFLOW_BACKEND="fastgpt",
            FASTGPT_BASE_URL=upstream.base_url,
            FASTGPT_API_KEY=KEY,
            FASTGPT_APP_ID=APP_ID,
        )
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
            fact = {"sessionId": "call-1", "timeStamp": "0", "key": "hphm1", "value": "沪A12345"}
            assert (await http.post("/set_info", json=fact)).json()["code"] == "200"
        assert await said(server, "追尾了", 1) == {"nextStageCode": "1002", "code": "200"}
        assert await told(server, "hphm1") == "沪A12345"
        assert list(upstream.chats) == ["call-1"]


def test_a_back_end_without_its_settings_says_so(tmp_path: Path) -> None:
    environment = {"CALLFLOW_BACKEND": "fastgpt", "YINGDA_HOME": str(tmp_path), "PORT": str(free_port())}
    ran = subprocess.run(
        [COMMAND, "serve"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode != 0
    assert "FASTGPT_BASE_URL" in ran.stderr + ran.stdout
