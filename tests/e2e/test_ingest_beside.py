"""`yingda ingest` beside a running server on the same data: two processes, one knowledge base."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.server_process import COMMAND, ServerProcess, StartServer

SOON_S = 10.0
"""How long to look for what a quiet machine shows within a second."""


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[ServerProcess]:
    server = start_server()
    yield server
    server.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


@contextmanager
def ingesting(server: ServerProcess, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """`yingda ingest` on the server's data, ended by its pid if it runs at the end of the block."""
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "YINGDA_HOME": str(server.home)}
    command = [str(COMMAND), "ingest", *map(str, arguments)]
    with subprocess.Popen(
        command, env=environment, cwd=server.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def ingest(server: ServerProcess, *arguments: str | Path) -> tuple[int, str]:
    with ingesting(server, *arguments) as process:
        said, _ = process.communicate(timeout=60)
    return process.returncode, said


def answer(server: ServerProcess, question: str) -> str:
    with server.client() as client:
        return client.post("/api/v1/chat", json={"message": question}).json()["reply"]


def cache_hits(server: ServerProcess) -> int:
    with server.client() as client:
        return client.get("/api/v1/performance/cache/stats").json()["cache"]["hits"]


def document_count(server: ServerProcess) -> int:
    with server.client() as client:
        return client.get("/api/v1/knowledge/stats").json()["total_documents"]


def wait_until_answered(server: ServerProcess, question: str, held: str, *, is_held: bool = True) -> None:
    deadline_s = time.monotonic() + SOON_S
    while (held in (said := answer(server, question))) != is_held:
        assert time.monotonic() < deadline_s, said
        time.sleep(0.05)


def test_what_a_command_ingests_is_answered_and_cached_answers_fall(server, folder):
    question = "签收后几天内可以退货？"
    file = folder / "退货.md"
    for days in ("37", "41"):
        file.write_text(f"# 退货\n\n签收后 {days} 天内可以退货。\n", encoding="utf-8")
        assert ingest(server, folder)[0] == 0
        wait_until_answered(server, question, f"{days} 天")
        before = cache_hits(server)
        assert (f"{days} 天" in answer(server, question), cache_hits(server)) == (True, before + 1)


def test_a_watched_folder_is_followed_file_by_file(server, folder):
    question = "保修期是多久？"
    (folder / "other.md").write_text("# 门店\n\n门店位于西湖区。\n", encoding="utf-8")
    with ingesting(server, "--watch", folder):
        wait_until_answered(server, "门店位于哪里？", "西湖区")
        file = folder / "保修.md"
        for months in ("19", "27"):
            file.write_text(f"# 保修\n\n手机的保修期是 {months} 个月。\n", encoding="utf-8")
            wait_until_answered(server, question, f"{months} 个月")
        file.unlink()
        wait_until_answered(server, question, "27 个月", is_held=False)


def test_uploads_and_a_command_at_once_write_one_after_the_other(server, folder):
    for number in range(12):
        (folder / f"c{number}.md").write_text(
            f"# 命令 {number}\n\n型号 CMD-{number}00 的价格是 {number}1 元。\n"
        )
    before = document_count(server)
    with ingesting(server, folder) as process, ThreadPoolExecutor(2) as uploads:
        texts = (f"# 上传 {number}\n\n型号 UPL-{number}00 的价格是 {number}7 元。\n" for number in range(12))
        reports = list(uploads.map(server.ingest, (f"u{number}.md" for number in range(12)), texts))
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, [report["searchable"] for report in reports]) == (0, [True] * 12)
    wait_until_answered(server, "型号 CMD-1100 的价格是多少？", "111 元")
    prices = [
        answer(server, f"型号 {kind}-{number}00 的价格是多少？")
        for kind in ("CMD", "UPL")
        for number in (3, 9)
    ]
    assert ["31 元" in prices[0], "91 元" in prices[1], "37 元" in prices[2], "97 元" in prices[3]] == [
        True
    ] * 4
    assert (
        document_count(server) - before,
        said.count("added"),
        "could not be written" in server.stderr,
    ) == (
        24,
        12,
        False,
    )


def test_words_kept_whole_are_set_over_http(server):
    server.ingest("brand.md", "怎么样是我们的会员品牌。")
    question = "怎么样是什么"
    assert "会员品牌" not in answer(server, question)
    with server.client() as client:
        set_ = client.put("/api/v1/knowledge/dictionary", json={"words": ["怎么样", " 怎么样 "]})
        assert (set_.status_code, set_.json()) == (200, {"words": ["怎么样"], "searchable": True})
        assert client.get("/api/v1/knowledge/dictionary").json() == {"words": ["怎么样"]}
        refused = client.put("/api/v1/knowledge/dictionary", json={"words": ["好", " "]})
        assert refused.status_code == 422
    assert "会员品牌" in answer(server, question)
    server.kill()
    server.start()
    assert "会员品牌" in answer(server, question)
