"""Answers hold the facts of the files as they are now: names and numbers are made up at test time."""

from __future__ import annotations

import io
import random
import re

import docx
import openpyxl
import pytest
from tests.e2e.played_model import PlayedModel

NOT_FOUND = "抱歉，知识库中未找到相关内容。"
SYLLABLES = ["澜", "沐", "岚", "汐", "朔", "峤", "霁", "蘅", "珩", "昀", "邈", "岫"]


def made_up_name() -> str:
    return "".join(random.sample(SYLLABLES, 3))


def sentence(name: str, days: int) -> str:
    return f"{name}手环的保修期是 {days} 天"


def as_markdown(name: str, days: int) -> bytes:
    return f"# {name}手环\n\n{sentence(name, days)}。\n".encode()


def as_text(name: str, days: int) -> bytes:
    return f"{name}手环说明\n\n{sentence(name, days)}。\n".encode("gb18030")


def as_webpage(name: str, days: int) -> bytes:
    return f"<html><body><h1>{name}手环</h1><p>{sentence(name, days)}。</p></body></html>".encode()


def as_word(name: str, days: int) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    document.add_heading(f"{name}手环", 1)
    document.add_paragraph(f"{sentence(name, days)}。")
    document.save(out)
    return out.getvalue()


def as_csv(name: str, days: int) -> bytes:
    return f"产品,保修期\n{name}手环,{days} 天\n".encode()


def as_spreadsheet(name: str, days: int) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["问题", "答案"])
    book.active.append([f"{name}手环的保修期是多久？", f"{sentence(name, days)}。"])
    book.save(out)
    return out.getvalue()


FORMATS = {
    "md": as_markdown,
    "txt": as_text,
    "html": as_webpage,
    "docx": as_word,
    "csv": as_csv,
    "xlsx": as_spreadsheet,
}


@pytest.fixture(scope="module")
def empty_model():
    """A model whose replies are made from the prompt."""
    with PlayedModel() as model:
        yield model


@pytest.fixture(scope="module", params=["no model", "model"])
def server(request, start_server, empty_model):
    """A server that knows nothing yet."""
    return start_server(**(empty_model.settings if request.param == "model" else {}))


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_answer_follows_the_file(server, call, suffix):
    name, source = made_up_name(), f"{made_up_name()}.{suffix}"
    first, second = (str(days) for days in random.sample(range(100, 1000), 2))
    caller, make, question = call(server), FORMATS[suffix], f"{name}手环的保修期是多久"

    doc_id = server.ingest(source, make(name, int(first)))["doc_id"]
    before = caller.ask(question)
    assert (first in before["reply"], before["data"]["sources"]) == (True, [source]), before

    assert server.ingest(source, make(name, int(second)))["doc_id"] == doc_id
    after = caller.ask(question)
    assert (second in after["reply"], first in after["reply"]) == (True, False), after
    assert after["data"]["citations"][0]["version"] == 2

    assert caller.http.delete(f"/api/v1/knowledge/documents/{doc_id}").json()["success"] is True
    gone = caller.ask(question)
    assert (gone["reply"], gone["data"]["sources"], gone["data"]["failed_attempts"]) == (NOT_FOUND, [], 1)


def test_a_number_asked_for_by_stream_and_its_citation_say_the_same(server, call):
    name, days = made_up_name(), random.randrange(100, 1000)
    caller = call(server)
    doc_id = server.ingest(f"{name}.md", as_markdown(name, days))["doc_id"]
    done = caller.frames(f"{name}手环的保修期是几天")[-1].data
    cited = caller.http.get(f"/api/v1/chat/turns/{done['turn_id']}/citations/1").json()
    assert re.findall(r"\d+", done["answer"]) == [str(days)]
    assert cited["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert str(days) in cited["quote"]
    caller.http.delete(f"/api/v1/knowledge/documents/{doc_id}")  # the other tests want to find nothing
