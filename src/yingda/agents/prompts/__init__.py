"""Prompt templates: one Markdown file each, the system part above a line of dashes, the user part below."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from string import Template

from yingda.llm.types import PromptMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """`version` changes with every change of the file; answers are cached under it."""

    system: str
    user: str
    version: str

    def messages(self, **values: str) -> tuple[PromptMessage, PromptMessage]:
        """Fill both parts; a `$` inside a value stays. Raises KeyError where a value is missing.

        The system part is the same object for equal values: thousands of open calls hold one text.
        """
        own = {name: values[name] for name in _names(self.system)}
        return (
            PromptMessage(role="system", text=_filled(self.system, **own)),
            PromptMessage(role="user", text=Template(self.user).substitute(values)),
        )


@cache
def _names(template: str) -> list[str]:
    return Template(template).get_identifiers()


@lru_cache(maxsize=64)
def _filled(template: str, **values: str) -> str:
    return Template(template).substitute(values)


@cache
def load(name: str) -> PromptTemplate:
    """The template `name.md` of this package, read once."""
    text = files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    system, _, user = text.partition("\n---\n")
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return PromptTemplate(system=system.strip(), user=user.strip(), version=version)
