"""Stage codes: what each is reported as, and what it is called (callflow A.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Codes(Protocol):
    """What a flow, or a table of its own, says of stage codes."""

    def reported(self, code: str) -> str:
        """The code as callers see it."""
        ...

    def label(self, code: str) -> str:
        """What a reported code is called; empty where nobody has said."""
        ...


KNOWN = {
    "0000": "结束通话",
    "0001": "转接人工",
    "0002": "语义无法识别转接人工",
    "0003": "有人伤转接人工",
    "1001": "未准备好通话",
    "1002": "通话中",
    "2000": "进入单车拍照",
}
REMAP = {"3001": "1002", "3002": "1002", "2006": "2004", "2017": "2016", "2020": "0002"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """Codes of a dialogue that no flow of ours describes."""

    codes: Mapping[str, str] = field(default_factory=lambda: KNOWN)
    remap: Mapping[str, str] = field(default_factory=lambda: REMAP)

    def reported(self, code: str) -> str:
        return self.remap.get(code, code)

    def label(self, code: str) -> str:
        return self.codes.get(code, "")


HANDED_OVER = frozenset({"0001", "0002", "0003"})
"""Reported codes that end the dialogue at a human's desk."""
