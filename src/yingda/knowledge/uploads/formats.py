"""Formats by their extension and by what a web server calls them; and what an upload's text becomes."""

from __future__ import annotations

import html

_OFFICE = "application/vnd.openxmlformats-officedocument."
_TEXT = frozenset({"text/plain", "text/markdown", "text/html", "text/csv"})

MEDIA_TYPES: dict[str, frozenset[str]] = {
    "pdf": frozenset({"application/pdf"}),
    "docx": frozenset({f"{_OFFICE}wordprocessingml.document"}),
    "pptx": frozenset({f"{_OFFICE}presentationml.presentation"}),
    "xlsx": frozenset({f"{_OFFICE}spreadsheetml.sheet"}),
    **dict.fromkeys(("txt", "md", "markdown", "html", "htm", "csv", "tsv"), _TEXT),
}
"""Extension → what the content may turn out to be. Text formats are told apart by name, so any will do."""

SUFFIXES: dict[str, str] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/csv": "csv",
    **{next(iter(types)): suffix for suffix, types in MEDIA_TYPES.items() if len(types) == 1},
}
"""What a web server says a page is → the extension that tells the parser."""


def suffix_of(name: str) -> str:
    """The extension in lower case, empty where there is none that is known."""
    stem, _, suffix = name.rpartition(".")
    return suffix.lower() if stem and suffix.lower() in MEDIA_TYPES else ""


def page_from_pair(question: str, answer: str) -> bytes:
    """A question with its answer as a page: there neither can be taken for anything else."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in answer.splitlines() if line.strip())
    return (
        f"<html><body><dl><dt>{html.escape(question)}</dt><dd>{paragraphs}</dd></dl></body></html>".encode()
    )
