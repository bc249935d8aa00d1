"""HTML as its reader sees it: no scripts, navigation, footers or hidden parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from yingda.knowledge.parse import table
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.text import HARD_BREAK, squeeze

# fmt: off
_SKIPPED = frozenset({
    "head", "script", "style", "noscript", "template", "nav", "footer", "iframe", "object", "svg", "canvas",
    "audio", "video", "map", "math", "button", "select", "option", "input", "textarea", "dialog",
})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "form", "header", "hgroup", "hr", "html", "li", "main", "menu", "ol",
    "p", "section", "summary", "ul", "caption", "table", "tbody", "thead", "tfoot", "tr", "td", "th",
})
# fmt: on
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu"})
_SKIPPED_ROLES = frozenset({"navigation", "contentinfo", "search", "menu", "menubar"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def write(text: str, draft: Draft) -> None:
    """A whole page or a fragment of one."""
    tree = LexborHTMLParser(text)
    title = tree.css_first("head > title")
    if title is not None and draft.title is None:
        draft.title = squeeze(title.text())
    if tree.body is not None:
        _Walk(draft).walk(tree.body)


@dataclass(slots=True)
class _List:
    """An open list; `number` is that of its next entry, 0 for bullets."""

    number: int
    marker: str = ""


class _Walk:
    """Depth first with a stack of its own: a crafted page nests deeper than Python calls may."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._inline: list[str] = []
        self._lists: list[_List] = []

    def walk(self, root: LexborNode) -> None:
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, is_left = stack.pop()
            if is_left:
                self._leave(node.tag or "")
            elif self._enter(node):
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Whether the children are to be visited."""
        tag = node.tag or ""
        if tag == "-text":
            self._inline.append(re.sub(r"\s+", " ", node.text_content or ""))
            return False
        if tag == "br":
            self._inline.append(HARD_BREAK)
        if tag in _SKIPPED or _is_hidden(node):
            return False
        if tag == "pre" or (tag == "table" and _is_data(node)):
            self._flush()
            self._write_whole(tag, node)
            return False
        if tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
            self._open(tag, node)
        return True

    def _write_whole(self, tag: str, node: LexborNode) -> None:
        if tag == "pre":
            self._draft.code(node.text())
        else:
            table.write(_rows(node), self._draft)

    def _open(self, tag: str, node: LexborNode) -> None:
        if tag in _LISTS:
            self._lists.append(_List(_start(node) if tag == "ol" else 0))
        elif tag == "li" and self._lists:
            entry = self._lists[-1]
            entry.marker = f"{entry.number}. " if entry.number else "- "
            entry.number += 1 if entry.number else 0

    def _leave(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._draft.heading(self._taken(), _HEADINGS[tag])
        elif tag in ("dt", "summary"):
            self._draft.question(self._taken())
        elif tag in _BLOCKS:
            self._flush()
        if tag in _LISTS and self._lists:
            self._lists.pop()

    def _taken(self) -> str:
        text = "".join(self._inline)
        self._inline.clear()
        return re.sub(" {2,}", " ", text)

    def _flush(self) -> None:
        text = self._taken()
        if not text.strip():
            return
        if self._lists:
            entry = self._lists[-1]
            self._draft.list_item(text, len(self._lists), entry.marker)
            entry.marker = ""
        else:
            self._draft.prose(text)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if attributes.get("role") in _SKIPPED_ROLES:
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))


def _is_data(node: LexborNode) -> bool:
    """A table that holds other blocks, or a single column, is there for the layout."""
    if node.css_first("table table, td ul, td ol, td h1, td h2, td h3, td pre") is not None:
        return False
    first = node.css_first("tr")
    return first is not None and len(first.css("td, th")) > 1


def _rows(node: LexborNode) -> list[list[str]]:
    return [[cell.text(separator=" ") for cell in row.css("td, th")] for row in node.css("tr")]


def _start(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
