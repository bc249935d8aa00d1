"""What models are asked on behalf of workflow nodes: one Markdown file each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


def filled(name: str, **values: str) -> str:
    """The prompt `name.md` with its `$` places filled in; a `$` inside a value stays."""
    return Template(_text(name)).substitute(values).strip()


@cache
def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text("utf-8")
