"""The pages say what is true: links, commands, settings, endpoints, errors, and the printed calls."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.server_process import ServerProcess, StartServer
from typer.main import get_command

from yingda.cli import app
from yingda.dialects.helpdesk.errors import DETAILS
from yingda.dialects.helpdesk.wire import ChatData
from yingda.settings import Settings, env_names

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")
PAGES = [
    ROOT / name
    for name in (*READMES, "CONTRIBUTING.md", "CHANGELOG.md", *map(str, sorted(ROOT.glob("docs/**/*.md"))))
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
SOURCE_FILE = re.compile(r"[\w./-]+\.(?:py|md|lua|json)")
ELSEWHERE = {"callflow", "dataqa", "desk", "docqa", "fastgpt", "openai", "tickets"}
"""Tags of what has pages of its own."""

NOT_SETTINGS = {"NAME_FILE", "YINGDA_DATA"}
"""A stand-in for any setting, and what only benchmarks read."""


def blocks(page: str, *languages: str) -> list[str]:
    """The fenced blocks of a page in one of the languages, without lines that are comments."""
    found = FENCE.findall((ROOT / page).read_text("utf-8"))
    return [re.sub(r"^#.*\n", "", text, flags=re.M) for language, text in found if language in languages]


def missing_links(page: Path) -> list[str]:
    links = (link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8")))
    return [link for link in links if link and "://" not in link and not (page.parent / link).exists()]


def table(page: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of all tables of that width, back-quotes taken off."""
    rows = (line.strip("|").split(" | ") for line in (ROOT / page).read_text("utf-8").splitlines())
    return [tuple(cell.strip(" `") for cell in row) for row in rows if len(row) == columns]


def test_every_link_leads_to_a_file():
    assert {str(page): missing for page in PAGES if (missing := missing_links(page))} == {}


def test_both_readmes_show_the_same_commands():
    english, chinese = (blocks(page, "bash", "python", "json", "ini") for page in READMES)
    assert english == chinese


def test_every_make_target_exists():
    shown = {line.split()[1] for page in PAGES for text in blocks(page, "bash") for line in made(text)}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert shown - targets == set()


def made(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("make ")]


def test_every_command_exists():
    commands = get_command(app).commands
    texts = [text for page in PAGES for text in INLINE.findall(page.read_text("utf-8"))]
    texts += [line for page in PAGES for text in blocks(page, "bash") for line in text.splitlines()]
    shown = {match[1] for text in texts if (match := re.match(r"(?:\.venv/bin/)?yingda ([a-z]+)", text))}
    assert shown - set(commands) == set()


def test_every_setting_exists():
    known = {name for field in Settings.model_fields.values() for name in env_names(field)} | NOT_SETTINGS
    texts = {page: INLINE.findall(page.read_text("utf-8")) + blocks(str(page), "ini") for page in PAGES}
    named = {(page.name, name) for page in PAGES for text in texts[page] for name in SETTING.findall(text)}
    assert {one for one in named if one[1] not in known} == set()


def test_every_file_that_is_named_exists():
    named = {
        (page.name, text)
        for page in PAGES
        for text in INLINE.findall(page.read_text("utf-8"))
        if "/" in text and SOURCE_FILE.fullmatch(text) and "NNNN" not in text
    }
    assert {
        one for one in named if not any((ROOT / top / one[1]).exists() for top in ("", "src/yingda"))
    } == (set())


def test_the_error_table_is_the_dialects():
    rows = [row for row in table("docs/helpdesk.md", 3) if row[1].isdigit()]
    assert rows == [(code, str(status), detail) for code, (status, detail) in DETAILS.items()]


def test_the_table_of_fields_is_the_answers():
    page = (ROOT / "docs/helpdesk.md").read_text("utf-8")
    section = page.partition("## The JSON answer")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(ChatData.model_fields)


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> ServerProcess:
    """A server that knows the sample shop, as after `make run`."""
    server = start_server()
    for document in sorted((ROOT / "samples/documents").iterdir()):
        server.ingest(document.name, document.read_bytes())
    return server


def test_the_endpoint_table_is_the_servers(server: ServerProcess):
    with server.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    served = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, route in methods.items()
        if not set(route["tags"]) & ELSEWHERE
    }
    assert {row[0] for row in table("docs/helpdesk.md", 3) if " /" in row[0]} == served


def run(command: list[str], server: ServerProcess) -> str:
    """What a printed call prints, asked of that server instead of the default port."""
    own = [part.replace("localhost:8000", f"127.0.0.1:{server.port}") for part in command]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "*"}
    ran = subprocess.run(own, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout


def test_the_printed_calls_work(server: ServerProcess):
    chat, stream, upload = (text for text in blocks("README.md", "bash") if text.startswith("curl"))
    body = json.loads(run(["bash", "-c", chat], server))
    example = json.loads(blocks("README.md", "json")[0])
    assert (body["reply"].startswith(example["reply"].rstrip("…")), body["data"]["intent"]) == (
        True,
        example["data"]["intent"],
    )
    assert example["data"].keys() - body["data"].keys() == set()
    events = re.findall(r"^event: (\w+)", run(["bash", "-c", stream], server), re.MULTILINE)
    assert (events[0], set(events[1:-1]), events[-1]) == ("meta", {"token"}, "done")
    assert json.loads(run(["bash", "-c", upload], server))["status"] == "unchanged"


def test_the_printed_program_works(server: ServerProcess):
    [program] = blocks("README.md", "python")
    lines = run([sys.executable, "-c", program], server).splitlines()
    assert [line[:3] for line in lines if line.startswith("[") and line[1].isdigit()] == ["[1]", "[2]"]
    assert lines[-1] == "['保修条款.docx']"
