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
    lexicon = _lexicon(_HAN.search(folded) is not None, _LETTERS.search(folded) is not None)
    for name, pattern in lexicon.items():
        hits = {hit[0]: hit for hit in pattern.finditer(folded) if hit.lastgroup == "sign"}
        if hits:
            denied = sum(is_denied(folded, hit.start()) for hit in hits.values())
            found += [f"={name}"] * (len(hits) > denied) + [f"=not {name}"] * bool(denied)
            found += [f"={name} {count}" for count in range(2, min(len(hits) - denied, _MOST_SIGNS) + 1)]
    return found


@cache
def _lexicon(has_han: bool, has_latin: bool) -> dict[str, re.Pattern[str]]:
    """The parts of the lexicon that can occur in such a text: half of the words are half of the work."""
    lexicon = yaml.safe_load(_LEXICON.read_text("utf-8"))
    patterns = {name: _pattern(words, has_han, has_latin) for name, words in lexicon.items()}
    return {name: pattern for name, pattern in patterns.items() if pattern is not None}


def _pattern(words: dict[str, str], has_han: bool, has_latin: bool) -> re.Pattern[str] | None:
    """Longer words that only contain a sign are found first, and have no name."""
    signs = []
    if has_han and "han" in words:
        signs += sorted(map(re.escape, words["han"].split()), key=lambda word: -len(word))
    if has_latin and "latin" in words:
        separator = "," if "," in words["latin"] else None
        latin = "|".join(re.escape(word.strip()) for word in words["latin"].split(separator))
        signs.append(f"(?<![a-z])(?:{latin})(?![a-z])")
    if not signs:
        return None
    passed = "".join(f"{re.escape(word)}|" for word in words.get("but", "").split())
    return re.compile(f"{passed}(?P<sign>{'|'.join(signs)})")


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
