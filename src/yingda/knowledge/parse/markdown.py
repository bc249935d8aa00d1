"""Markdown as its reader sees it: marks gone, structure kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from yingda.knowledge.parse import table, webpage
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.text import HARD_BREAK

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*['\"]?(.+?)['\"]?[ \t]*$", re.MULTILINE)
_SHORTCODE = re.compile(r"^[ \t]*\{\{[<%].*?[>%]\}\}[ \t]*$", re.MULTILINE)
_MARKUP = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def write(text: str, draft: Draft) -> None:
    """Front matter gives only the title; lines that are a site generator's shortcode are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if match := _FRONT_MATTER.match(text):
        title = _FRONT_TITLE.search(match[1])
        draft.title = title[1] if title else None
        text = text[match.end() :]
    _Writer(draft).write(_MARKUP.parse(_SHORTCODE.sub("", text)))


class _Writer:
    """One pass over the flat token list; `_lists` holds the next number of each open list, 0 for bullets."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._lists: list[int] = []
        self._marker = ""

    def write(self, tokens: Sequence[Token]) -> None:
        rest = iter(tokens)
        for token in rest:
            if token.type == "table_open":
                table.write(_rows(rest), self._draft, has_header=True)
            elif token.type == "heading_open":
                self._draft.heading(_shown(next(rest)), int(token.tag[1]))
            elif token.type == "inline":
                self._write_paragraph(_shown(token))
            elif token.type in ("fence", "code_block"):
                self._draft.code(token.content)
            elif token.type == "html_block":
                webpage.write(token.content, self._draft)
            else:
                self._follow_lists(token)

    def _follow_lists(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(int(token.attrGet("start") or 1) if token.tag == "ol" else 0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "list_item_open":
            number = self._lists[-1]
            self._marker = f"{number}. " if token.markup in (".", ")") else "- "
            self._lists[-1] = number + 1

    def _write_paragraph(self, text: str) -> None:
        if self._lists:
            self._draft.list_item(text, len(self._lists), self._marker)
            self._marker = ""
        else:
            self._draft.prose(text)


def _rows(tokens: Iterator[Token]) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_shown(token))
    return rows


def _shown(inline: Token) -> str:
    """The text of an inline token; a link to another site keeps its address, an answer may need it."""
    shown = ""
    links: list[tuple[str, int]] = []
    for token in inline.children or ():
        if token.type == "softbreak":
            shown += "\n"
        elif token.type == "hardbreak" or (
            token.type == "html_inline" and token.content[:3].lower() == "<br"
        ):
            shown += HARD_BREAK
        elif token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), len(shown)))
        elif token.type == "link_close":
            shown += _address(*links.pop(), shown)
        elif token.type != "html_inline":
            shown += token.content
    return shown


def _address(href: str, start: int, shown: str) -> str:
    is_outside = href.startswith(("http://", "https://"))
    return f" ({href})" if is_outside and shown[start:] != href else ""
