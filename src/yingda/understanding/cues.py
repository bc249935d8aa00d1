"""What the rules see in a message, as features beside its words: the shipped models weigh them too."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from yingda.understanding.affairs import order_number, own_affair
from yingda.understanding.human import wants_human
from yingda.understanding.negation import is_denied
from yingda.understanding.normalise import clauses
from yingda.understanding.rules import asks_something, ruling
from yingda.understanding.smalltalk import smalltalk_of, without_opening

_LEXICON = Path(__file__).parent / "examples" / "lexicon.yaml"
_LETTERS = re.compile(r"[a-z]+")
_VOWEL = re.compile(r"[aeiouy]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_QUOTED = re.compile(r"[\"“「《【][^\"”」》】]{1,24}[\"”」》】]")
_MOST_SIGNS = 3


def cues_of(text: str) -> list[str]:
    """Names that begin with `=`: the rules' own reading, and signs that would be too weak for a rule."""
    ruled = ruling(text)
    folded = ruled.folded
    said = clauses(without_opening(folded))
    own = round(max(map(own_affair, said), default=0.0), 1)
    cues = [f"=intent {ruled.intent}", f"=sure {ruled.intent} {ruled.confidence:.1f}", f"=own {own}"]
    cues += [f"=anger {int(ruled.anger)}", f"=length {min(6, len(folded) // 4)}", *_signs(folded)]
    claims = {
        "asks": asks_something(said),
        "number": order_number(folded) is not None,
        "human": wants_human(said),
        "talk": any(smalltalk_of(clause) for clause in said),
        "noise": _is_noise(folded),
        "quoted": _QUOTED.search(text) is not None,
        "exclaims": "!" in folded,
    }
    return cues + [f"={name}" for name, holds in claims.items() if holds]


def _signs(folded: str) -> list[str]:
    """Which parts of the lexicon the message speaks of, how often, and where it denies them."""
    found = []
    for name, pattern in _lexicon().items():
        hits = {hit[0]: hit for hit in pattern.finditer(folded) if hit.lastgroup == "sign"}
        if hits:
            denied = sum(is_denied(folded, hit.start()) for hit in hits.values())
            found += [f"={name}"] * (len(hits) > denied) + [f"=not {name}"] * bool(denied)
            found += [f"={name} {count}" for count in range(2, min(len(hits) - denied, _MOST_SIGNS) + 1)]
    return found


@cache
def _lexicon() -> dict[str, re.Pattern[str]]:
    return {name: _pattern(words) for name, words in yaml.safe_load(_LEXICON.read_text("utf-8")).items()}


def _pattern(words: dict[str, str]) -> re.Pattern[str]:
    """Longer words that only contain a sign are found first, and have no name."""
    han = "|".join(sorted(map(re.escape, words.get("han", "").split()), key=lambda word: -len(word)))
    separator = "," if "," in words.get("latin", "") else None
    latin = "|".join(re.escape(word.strip()) for word in words.get("latin", "").split(separator))
    passed = "".join(f"{re.escape(word)}|" for word in words.get("but", "").split())
    return re.compile(f"{passed}(?P<sign>{han}|(?<![a-z])(?:{latin})(?![a-z]))")


def _is_noise(folded: str) -> bool:
    """Keys struck at random, or the same few characters again and again."""
    flat = [char for char in folded if char.isalnum()]
    if len(flat) >= _REPEATED and len(set(flat)) <= len(flat) / 3:
        return True
    words = _LETTERS.findall(folded)
    if _HAN.search(folded):
        return False
    return not words or all(len(word) == 1 or not _VOWEL.search(word) for word in words)


_REPEATED = 4
