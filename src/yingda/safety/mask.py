"""Personal data in text made unreadable (helpdesk 2.13): e-mail, identity number, bank card, phone."""

from __future__ import annotations

import re

from yingda.safety.personal import (
    BANK_CARD,
    EMAIL,
    IDENTITY,
    LANDLINE,
    MOBILE,
    NAMED_CARD,
    NAMED_LANDLINE,
    OLD_IDENTITY,
)

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (EMAIL, r"\g<first>***\g<host>"),
    (IDENTITY, r"\g<region>********\g<tail>"),
    (NAMED_CARD, r"\g<lead>\g<first>****\g<tail>"),
    (MOBILE, r"\g<first>****\g<tail>"),
    (OLD_IDENTITY, r"\g<region>******\g<tail>"),
    (BANK_CARD, r"\g<first>****\g<tail>"),
    (LANDLINE, r"\g<area>\g<first>****\g<tail>"),
    (NAMED_LANDLINE, r"\g<lead>\g<first>****\g<tail>"),
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
