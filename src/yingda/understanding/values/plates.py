"""Mainland number plates, written or spoken: 沪A89395, 户诶八九三九五, 京A挂, 粤B D12345, 沪 A 拐洞."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yingda.understanding.values import alike
from yingda.understanding.values.digits import SURE
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.width import plain

INITIALS = "京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂藏宁新"
_SPOKEN_LETTER = "|".join(sorted(map(re.escape, alike.LETTERS), key=lambda word: (-len(word), word)))
_SUFFIXES = "挂学警港澳"
_MISREAD = {"I": "1", "O": "0"}
"""Letters that no plate has behind its second symbol."""

_BODY = "A-HJ-NP-Z0-9"
_PLATE = re.compile(
    rf"[{INITIALS}][A-Z]"
    rf"(?:[A-HJK][{_BODY}]\d{{4}}|\d{{5}}[A-HJK]|[{_BODY}]{{5}}|[{_BODY}]{{4}}[{_SUFFIXES}])"
)
_GAP = re.compile(
    r"[\s,、。.·…~-]{0,3}(?:然后|后面是?|接着|再|字母|数字|大写的?|一?个字母|的|就是说?|[那这]个)*[\s,、]{0,2}"
)
_LIKE_ONE = "E"
"""It sounds like 一, which a recogniser writes as it is: any other character of that sound is the letter."""
_SEVERAL = re.compile(rf"([两二三四五2-5])个([{''.join(SURE)}])")
_INITIAL = re.compile("|".join([*alike.PROVINCES, f"[{INITIALS}{''.join(alike.INITIALS)}]"]))
_LETTER = re.compile(rf"(?P<sure>[A-Za-z])|(?P<spoken>{_SPOKEN_LETTER})")
_PARTICLES = frozenset("吧啊的了吗呢是")
_WORDS = re.compile(r"[^\s,、。.!的是吧啊呢了]")
_FEWEST_SURE = 3
"""Of the symbols behind the letter, in a plate that nobody asked for."""


@dataclass(frozen=True, slots=True)
class _Symbol:
    chars: str
    start: int
    end: int
    is_sure: bool


def is_plate(text: str) -> bool:
    """Whether it is a whole plate in its canonical form."""
    return _PLATE.fullmatch(text) is not None


def plates(text: str) -> list[Mention[str]]:
    """Whole plates, without any sign that one is being asked for."""
    return [
        Mention(plate.value, plate.start, plate.end, plate.is_guess)
        for plate, sure_count in _from_initials(plain(text))
        if is_plate(plate.value) and sure_count >= _FEWEST_SURE
    ]


def plate_piece(text: str, so_far: str = "") -> Mention[str] | None:
    """The plate as far as it is known after these words, which answer the question for it.

    A plate that begins anew wins over one that goes on.
    """
    flat = plain(text)
    begun = sorted(_from_initials(flat), key=lambda found: (is_plate(found[0].value), len(found[0].value)))
    if begun and (len(begun[-1][0].value) > 1 or not so_far):
        return begun[-1][0]
    return _continued(flat, so_far) if so_far else None


def plate_symbols(text: str) -> str:
    """The first letters and digits in a text, as they would stand behind the initial."""
    flat = plain(text)
    for at in range(len(flat)):
        if symbols := _symbols(flat, at, "__"):
            return "".join(symbol.chars for symbol in symbols)
    return ""


def _continued(text: str, so_far: str) -> Mention[str] | None:
    for at in range(len(text)):
        symbols = _symbols(text, at, so_far)
        if any(symbol.is_sure for symbol in symbols) and (len(symbols) > 1 or _is_all(text, symbols[0])):
            return _mention(text, so_far, symbols)
    return None


def _is_all(text: str, symbol: _Symbol) -> bool:
    """One symbol alone counts only where nothing else was said: 看一下 is none."""
    return not _WORDS.search(text[: symbol.start] + text[symbol.end :])


def _from_initials(text: str) -> Iterator[tuple[Mention[str], int]]:
    """Plates, whole or cut, with the count of their symbols that need no guess."""
    at = 0
    while begin := _INITIAL.search(text, at):
        at = begin.end()
        initial = alike.PROVINCES.get(begin[0]) or alike.INITIALS.get(begin[0], begin[0])
        is_sure = begin[0] in INITIALS
        symbols = _symbols(text, begin.end(), initial)
        if not symbols and not is_sure:
            continue
        found = _mention(text, "", [_Symbol(initial, begin.start(), begin.end(), is_sure), *symbols])
        yield found, sum(len(symbol.chars) for symbol in symbols[1:] if symbol.is_sure)
        at = max(at, found.end)


def _mention(text: str, so_far: str, symbols: list[_Symbol]) -> Mention[str]:
    """Cut where the plate is whole; the eighth symbol of an electric car must be heard well."""
    value, whole = so_far, None
    for count, symbol in enumerate(symbols, 1):
        value += symbol.chars
        is_particle = text[symbol.start : symbol.end] in _PARTICLES
        is_electric = value[2:3] in ("D", "F") and not is_particle
        is_meant = whole is None or symbol.is_sure or symbol.chars in "DF" or is_electric
        if is_plate(value) and is_meant:
            whole = value, count
    value, count = whole or (value, len(symbols))
    kept = symbols[:count]
    return Mention(value, kept[0].start, kept[-1].end, not all(symbol.is_sure for symbol in kept))


def _symbols(text: str, at: int, so_far: str) -> list[_Symbol]:
    symbols: list[_Symbol] = []
    length = len(so_far)
    while length < 8:
        begin = _GAP.match(text, at) if symbols or length else None
        at = begin.end() if begin else at
        symbol = _letter(text, at) if length == 1 else _symbol(text, at)
        if symbol is None:
            break
        symbols.append(symbol)
        length += len(symbol.chars)
        at = symbol.end
    return symbols


def _letter(text: str, at: int) -> _Symbol | None:
    found = _LETTER.match(text, at)
    if found is None:
        return None
    letter = found[0].upper() if found["sure"] else alike.LETTERS[found[0]]
    return _Symbol(letter, at, found.end(), bool(found["sure"]))


def _symbol(text: str, at: int) -> _Symbol | None:
    if several := _SEVERAL.match(text, at):
        return _Symbol(SURE[several[2]] * int(SURE[several[1]]), at, several.end(), True)
    char = text[at : at + 1]
    if char in SURE or (char and char in _SUFFIXES):
        return _Symbol(SURE.get(char, char), at, at + 1, True)
    spoken = _LETTER.match(text, at)
    is_letter = spoken and (len(spoken[0]) > 1 or alike.LETTERS.get(char) == _LIKE_ONE)
    if char in alike.DIGITS and not is_letter:
        return _Symbol(alike.DIGITS[char], at, at + 1, False)
    letter = _letter(text, at)
    if letter and letter.chars in _MISREAD:
        return _Symbol(_MISREAD[letter.chars], at, letter.end, False)
    return letter
