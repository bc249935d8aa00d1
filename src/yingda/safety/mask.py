"""Personal data in text made unreadable (helpdesk 2.13): e-mail, identity number, bank card, phone."""

from __future__ import annotations

import re

# No word boundary: next to a Chinese character a digit is at none.
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+-]*(@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"), r"\1***\2"),
    (re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?![\dXx])"), r"\1********\2"),
    (re.compile(r"(?<!\d)(\d{4})[ -]?(?:\d{4}[ -]?){2,3}(\d{1,4})(?!\d)"), r"\1****\2"),
    (re.compile(r"(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"\b(sk|yd|fastgpt|app)-[A-Za-z0-9_-]{8,}"), r"\1-***"),
    (re.compile(r"(?i)\b(bearer|x-api-key:?)\s+\S+"), r"\1 ***"),
    (re.compile(r"(\w+://[^\s:/@]+):[^\s@/]+@"), r"\1:***@"),
)
"""In this order: an e-mail may hold digits, an identity number looks like a bank card, that like a phone."""


def masked(text: str) -> str:
    """The text with personal data, keys and passwords in addresses replaced by stars."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text
