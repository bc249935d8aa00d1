"""What models are asked about data: one Markdown file each, the system part above a line of dashes."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template

from yingda.llm.types import PromptMessage


def messages(name: str, **values: str) -> tuple[PromptMessage, PromptMessage]:
    """The prompt `name.md` with its `$` places filled in; a `$` inside a value stays."""
    system, user = _parts(name)
    return (
        PromptMessage(role="system", text=Template(system).substitute(values)),
        PromptMessage(role="user", text=Template(user).substitute(values)),
    )


@cache
def _parts(name: str) -> tuple[str, str]:
    text = files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    system, _, user = text.partition("\n---\n")
    return system.strip(), user.strip()
