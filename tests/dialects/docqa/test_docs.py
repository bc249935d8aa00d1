"""The page says what the code does: fields, errors, lists of values."""

from __future__ import annotations

import re
from pathlib import Path

from yingda.dialects.docqa.errors import ERRORS
from yingda.dialects.docqa.shapes import ChatData, ExtendInfo, HistoryEntry, Origin, Reference
from yingda.dialects.docqa.wire import ChatRequest

PAGE = (Path(__file__).resolve().parents[3] / "docs/docqa.md").read_text("utf-8")


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]


def test_the_fields_of_a_question():
    assert first_cells(section("Asking")) == list(ChatRequest.model_fields)


def test_the_fields_of_an_answer():
    data, info = section("The answer").split("\n`extend_info`:\n")
    assert first_cells(data) == list(ChatData.model_fields)
    origin = {f"ialgo_extend_info.{name}" for name in Origin.model_fields}
    fields = set(ExtendInfo.model_fields) - {"ialgo_extend_info"} | origin
    assert set(first_cells(info)) == fields
    for shape in (Reference, HistoryEntry):
        assert {name for name in shape.model_fields if f"`{name}`" not in PAGE} == set()


def test_the_table_of_errors():
    rows = re.findall(r"^\| `(\d+)` \| (\d+) \|", section("Errors"), re.MULTILINE)
    told = {ret: str(status) for ret, status in rows}
    least = {ret: str(min(one[1] for one in ERRORS.values() if one[0] == ret)) for ret, *_ in ERRORS.values()}
    assert told == {"0": "200", **least}
