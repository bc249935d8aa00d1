"""The sample shop: readable by our own parser, true to its originals, and holding the answers it promises."""

import json
import runpy
from functools import cache
from pathlib import Path

import pytest

from yingda.knowledge.parse.document import parse
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.types import ParsedDocument

SAMPLES = Path(__file__).parents[2] / "samples"
DOCUMENTS = sorted((SAMPLES / "documents").iterdir())
QUESTIONS = [json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text("utf-8").splitlines()]
BUILT = ["X200用户手册.pdf", "returns_and_refunds_en.pdf", "保修条款.docx", "常见问题.xlsx"]
MAX_BYTES = 300_000


@cache
def parsed(path: Path) -> ParsedDocument:
    return parse(path.read_bytes(), path.name, ParseLimits())


def read(name: str) -> ParsedDocument:
    return parsed(SAMPLES / "documents" / name)


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_document_is_small_and_readable(path: Path):
    assert path.stat().st_size <= MAX_BYTES
    assert {block.kind for block in parsed(path).blocks} & {"heading", "question", "table_row"}


def test_text_files_have_the_encodings_that_the_readme_claims():
    named = {path.name: parsed(path).encoding for path in DOCUMENTS if parsed(path).encoding != "utf-8"}
    assert {name: encoding for name, encoding in named.items() if encoding} == {
        "账户与隐私.txt": "gb18030",
        "产品价格表.csv": "utf-8-sig",
    }


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["question"])
def test_each_source_of_a_question_holds_its_answer(asked: dict):
    holding = [name for name in asked["sources"] if asked["answer"] in read(name).text]
    assert holding == asked["sources"]
    assert (asked["style"] == "unanswerable") == (asked["answer"] is None) == (not asked["sources"])


def test_every_document_is_asked_about():
    asked = {name for question in QUESTIONS for name in question["sources"]}
    assert asked == {path.name for path in DOCUMENTS}


def test_questions_are_many_distinct_and_partly_unanswerable():
    unanswerable = [asked for asked in QUESTIONS if asked["answer"] is None]
    assert len({asked["question"] for asked in QUESTIONS}) == len(QUESTIONS) >= 60
    assert len(unanswerable) >= 15


def test_web_page_is_read_without_navigation_scripts_and_footer():
    noise = ("Basket", "toggleBasket", "newsletter", "Jobs", "daily deals", "font-family")
    assert [word for word in noise if word in read("shipping_en.html").text] == []


def test_manual_is_read_without_running_header_and_page_numbers():
    manual = read("X200用户手册.pdf")
    edges = [line for line in lines(manual) if line == "榛屿 X200 用户手册" or line.startswith("第 ")]
    assert (manual.page_count, edges) == (5, [])


def test_warranty_keeps_headings_table_and_steps():
    kinds = [block.kind for block in read("保修条款.docx").blocks]
    assert (kinds[0], kinds.count("table_row"), kinds.count("list_item")) == ("heading", 11, 13)


def test_built_documents_are_those_of_the_originals(tmp_path: Path):
    build = runpy.run_path(str(SAMPLES / "build_documents.py"))["build_all"]
    assert {path.name: lines(parsed(path)) for path in build(tmp_path)} == {
        name: lines(read(name)) for name in BUILT
    }


def test_lines_of_a_booklet_break_between_characters_and_before_no_comma():
    wrapped = runpy.run_path(str(SAMPLES / "build_documents.py"))["wrapped"]
    assert list(wrapped("撕掉，用 USB-C 线充电。", 6, len)) == ["撕掉，用", "USB-C", "线充电。"]
