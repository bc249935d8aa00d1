"""The documents and questions of a measurement, from the seeded generator of `retrieval.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from benchmarks.perf.retrieval import CHUNKS_PER_DOCUMENT, _chunk, _document, _questions

PASSAGES = 10_000
SHOP_PASSAGES = 1_000
"""A collection of the size that a shop has."""


def write_documents(folder: Path, passages: int = PASSAGES) -> None:
    """Markdown files whose sections become so many passages."""
    folder.mkdir(parents=True)
    for number in range(passages // CHUNKS_PER_DOCUMENT):
        sections = [f"## {' '.join(chunk.heading)}\n\n{chunk.text}" for chunk in _document(number)]
        text = "\n\n".join((f"# 手册 {number}", *sections))
        (folder / f"d{number:04}.md").write_text(text, encoding="utf-8")


class Questions:
    """Never the same one twice, over the life of one object."""

    def __init__(self, passages: int = PASSAGES) -> None:
        self._found = self._distinct(_about_passages(passages))
        self._mixed = self._distinct(_questions(1_000_000))
        self._seen: set[str] = set()

    def found(self, number: int) -> list[str]:
        """Bodies of chat requests that the documents have something to say about."""
        return [body(question) for question in islice(self._found, number)]

    def mixed(self, number: int) -> list[str]:
        """Half of them like that; the others name words of the documents in any combination."""
        some, others = self.found(number // 2), islice(self._mixed, number - number // 2)
        both = [*some, *(body(question) for question in others)]
        return both[::2] + both[1::2]

    def _distinct(self, questions: Iterator[str]) -> Iterator[str]:
        for question in questions:
            if question not in self._seen:
                self._seen.add(question)
                yield question


def body(question: str) -> str:
    """A chat request for a new conversation."""
    return json.dumps({"message": question}, ensure_ascii=False)


def _about_passages(passages: int) -> Iterator[str]:
    for turn in count(1):
        for number in range(passages):
            product, subject = _chunk(number // CHUNKS_PER_DOCUMENT, number % CHUNKS_PER_DOCUMENT).heading
            yield (
                f"{product}支持{subject}吗，第{turn}年有什么规定？"
                if turn > 1
                else f"{product}支持{subject}吗？"
            )
