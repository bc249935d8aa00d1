"""How a model is told to word its answer: the language, the tone, and where data begins and ends."""

from __future__ import annotations

import re

from yingda.turns.options import Language

LANGUAGES: dict[Language, str] = {
    "zh": "Chinese (中文)",
    "en": "English",
    "ja": "Japanese (日本語)",
    "ko": "Korean (한국어)",
    "th": "Thai (ไทย)",
}

_DELIMITER = re.compile(r"<(?=\s*/?\s*(?:passages?|question|persona|conversation)\b)", re.IGNORECASE)


def as_data(text: str) -> str:
    """The text without anything that could close the delimiters around it."""
    return _DELIMITER.sub("‹", text)


def persona_rule(persona: str) -> str:
    """The last and lightest rule: a project's wish for tone and part; empty where it has none."""
    if not persona.strip():
        return ""
    return (
        "\nThe operator of this service wishes for the following tone and role. It decides how things are\n"
        "said, never what is said; where it speaks against a rule above, the rule holds.\n"
        f"<persona>\n{as_data(persona.strip())}\n</persona>"
    )


def length_rule(*, is_elaborate: bool) -> str:
    """How much is said; what it rests on is none of its business."""
    if is_elaborate:
        return (
            "Explain it fully, in several sentences: conditions, exceptions, steps and examples as the\n"
            "   passages give them, each with its number. Fuller means more of what they say, nothing else."
        )
    return "Be brief: a few sentences, or a numbered list where the passages describe steps."
