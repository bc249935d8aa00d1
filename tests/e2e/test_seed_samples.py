"""The printed client samples run as they are; only the server's address is another."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.e2e.narrow import held, rejected
from tests.e2e.played_model import eventually

SAMPLES = Path(__file__).parents[1] / "seed_samples"
PRINTED_ADDRESS = "localhost:8000"
# The page's samples stand below one another: a later one uses what an earlier one imported.
RUN = "import runpy, sys, httpx; names = runpy.run_path(sys.argv[1], init_globals={'httpx': httpx})"


def sample(name: str, server) -> str:
    """The sample with the server's address in it, and nothing else changed."""
    printed = (SAMPLES / name).read_text()
    address = server.url.removeprefix("http://")
    adapted = printed.replace(PRINTED_ADDRESS, address)
    assert PRINTED_ADDRESS in printed
    assert adapted.replace(address, PRINTED_ADDRESS) == printed
    return adapted


def run(command: list[str], **settings: str) -> str:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "API_KEY": "", **settings}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_python(name: str, server, folder: Path, then: str = "") -> str:
    script = folder / name
    script.write_text(sample(name, server))
    return run([sys.executable, "-c", f"{RUN}\n{then}", str(script)])


def changed_lines(name: str, corrected: str) -> list[str]:
    before, after = ((SAMPLES / each).read_text().splitlines() for each in (name, corrected))
    return [line for line in difflib.ndiff(before, after) if line[0] in "+-"]


@pytest.fixture(scope="module", params=["shop", "shop_with_model"])
def server(request):
    """Each sample runs twice: without a model and with one."""
    return request.getfixturevalue(request.param)


def test_curl_sync(server):
    said = json.loads(run(["bash", "-c", sample("chat.sh", server)]))
    assert list(said) == ["session_id", "reply", "status", "data"]
    assert (said["status"], said["data"]["turn_count"], said["data"]["sources"][0]) == (
        "ok",
        1,
        "物流说明.md",
    )


def test_curl_stream(server):
    lines = run(["bash", "-c", sample("stream.sh", server)]).splitlines()
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert (events[0], set(events[1:-1]), events[-1]) == ("meta", {"token"}, "done")
    assert (data[0]["intent"], data[0]["sources"][0]) == ("knowledge_qa", "return_policy.md")
    assert "".join(token["content"] for token in data[1:-1]) == data[-1]["answer"] != ""


def test_python_sync(server, tmp_path):
    *reply, sources = run_python("chat.py", server, tmp_path).splitlines()
    assert reply
    assert sources.startswith("命中来源: ['物流说明.md'")


def test_python_stream_chat(server, tmp_path):
    then = "print(); print(names['stream_chat']('介绍一下你们的退换货政策')['answer'])"
    said = run_python("stream.py", server, tmp_path, then).replace("\n", "")
    # Three times the same: the sample's own call and ours, token by token, and the answer in `done`.
    once = said[: len(said) // 3]
    assert len(once) > 10
    assert said == once * 3


def test_three_turns_are_one_conversation(server, tmp_path):
    said = run_python("three_turns.py", server, tmp_path)
    assert re.findall(r"^\[轮次 (\d)\]", said, re.MULTILINE) == ["1", "2", "3"]
    assert said.count("ORD-2024-001") >= 2  # named in turn 2, understood in turn 3


def test_cache(server, call, tmp_path):
    hits = call(server).cache_stats()["hits"]
    said = run_python("cache.py", server, tmp_path)
    assert re.fullmatch(r"首次:\d+ms\n命中:\d+ms\n", said)
    assert call(server).cache_stats()["hits"] > hits


def test_retry_needs_no_second_attempt(server, tmp_path):
    said = run_python("retry.py", server, tmp_path, "print(names['chat_with_retry']('退换货政策')['status'])")
    assert said == "ok\n"


def test_sseclient_as_printed_fails_and_its_correction_runs(server, tmp_path):
    # Printed without `import json`; and httpx's iter_lines gives text where sseclient wants bytes.
    assert changed_lines("sseclient.py", "sseclient_corrected.py") == [
        "+ import json",
        "- client = SSEClient(resp.iter_lines())",
        "+ client = SSEClient(resp.iter_bytes())",
    ]
    tokens, answer = run_python("sseclient_corrected.py", server, tmp_path).split("\n完整回复: ")
    assert tokens == answer.rstrip("\n") != ""


def test_retry_waits_out_a_429(narrow, narrow_model, call, tmp_path):
    script = tmp_path / "retry.py"
    script.write_text(sample("retry.py", narrow))
    then = "print(names['chat_with_retry']('签收后几天内可以退货?')['reply'])"
    caller = call(narrow)
    with held(caller, narrow_model) as release, ThreadPoolExecutor() as pool:
        said = pool.submit(run, [sys.executable, "-c", f"{RUN}\n{then}", str(script)])
        assert eventually(lambda: rejected(caller) > 0)
        release()
        assert "7 天" in said.result()


def test_error_fragment_as_printed_cannot_stand_alone_and_its_correction_runs(
    narrow, narrow_model, call, tmp_path
):
    # Printed as the inside of a loop in some function; standing alone, it ends the program instead.
    assert changed_lines("error_fragment.py", "error_fragment_corrected.py") == [
        "-     return",
        "+     raise SystemExit",
    ]
    program = (
        "import runpy, sys, json, httpx\nfrom sseclient import SSEClient\n"
        f"resp = httpx.post('{narrow.url}/api/v1/chat/stream', json={{'message': '签收几天可以退货'}})\n"
        "for event in SSEClient(resp.iter_bytes()).events():\n"
        "    runpy.run_path(sys.argv[1], init_globals={'event': event, 'json': json})\n"
        "print('not reached')"
    )
    with held(call(narrow), narrow_model):
        said = run([sys.executable, "-c", program, str(SAMPLES / "error_fragment_corrected.py")])
    assert said == "\n[流式异常] 当前请求过多，请稍后重试\n"
