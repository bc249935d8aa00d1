"""Bytes → text: the encodings Chinese files come in, told apart even where the file is short."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from yingda.knowledge.parse.refused import UnsupportedType

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CANDIDATES = ("utf-8", "gb18030", "big5hkscs")
_WIDE_CANDIDATES = ("utf-16-le", "utf-16-be")
_ENOUGH = 0.7  # of what is not ASCII must be in daily use, or the encoding is a wrong guess
_SAMPLE_BYTES = 64 * 1024
_HARDLY_ENOUGH = 0.4  # where the other guess is one of the encodings already weighed
_DAMAGE_COST = 10
_NEIGHBOURS = re.compile(r"big5|gb|hz|cp9[345]|euc|johab|shift|iso2022|utf_?16|utf_?32")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_DAILY_HANGUL = frozenset(
    "이다는을에의가고하지로사기자은어인리나시한를대해보도라서그제있아일수으니정상부전주여만장안경용과공습내품청세금배송"
)
_KANA_SHARE = 0.2
_HANGUL_SHARE = 0.9
_DAILY_HANGUL_SHARE = 0.2
_LEAST_HANGUL = 6  # in fewer the same bytes are as likely Chinese
_DAMAGE_SHARE = 0.02
_CONTROL_SHARE = 0.02
_STRAY_CONTROLS = 2  # even in the shortest text
_WIDE_NUL_SHARE = 0.2


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding name; raises `UnsupportedType` for bytes that are no text in any of them.

    A byte order mark decides, then strict UTF-8, then how much of the text is in daily use when read as each
    candidate. A few damaged characters become U+FFFD rather than cost the file.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _readable(data.decode(encoding, errors="replace")), encoding
    encoding = "utf-8" if _is_utf8(data) else _guess(data)
    return _readable(data.decode(encoding, errors="replace")), encoding


def _is_utf8(data: bytes) -> bool:
    if _is_wide(data):  # valid UTF-8, yet it is UTF-16 without its mark
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_wide(data: bytes) -> bool:
    return data.count(0) > _WIDE_NUL_SHARE * len(data)


def _guess(data: bytes) -> str:
    # An even cut keeps UTF-16 whole; what it splits in the others costs one character.
    sample = data[:_SAMPLE_BYTES]
    if foreign := _japanese_or_korean(sample):
        return foreign
    candidates = _WIDE_CANDIDATES if _is_wide(sample) else _CANDIDATES + _WIDE_CANDIDATES
    ranked = sorted(candidates, key=lambda name: -_familiarity(sample, name))
    if _familiarity(sample, ranked[0]) >= _ENOUGH:
        return ranked[0]
    best = None if _is_wide(sample) else from_bytes(sample).best()
    if best is not None and not _NEIGHBOURS.match(best.encoding):
        return best.encoding
    if _familiarity(sample, ranked[0]) >= _HARDLY_ENOUGH:
        return ranked[0]
    if best is None:
        raise UnsupportedType
    return best.encoding


def _japanese_or_korean(sample: bytes) -> str:
    """The encoding, where that script shows; GB 18030 has a character for most of its bytes too."""
    for encoding in ("cp932", "euc_jp"):
        if _share(_KANA, sample, encoding) >= _KANA_SHARE:
            return encoding
    if _share(_HANGUL, sample, "cp949") < _HANGUL_SHARE:
        return ""
    hangul = _HANGUL.findall(sample.decode("cp949", errors="replace"))
    daily = sum(char in _DAILY_HANGUL for char in hangul)
    return "cp949" if len(hangul) >= _LEAST_HANGUL and daily >= _DAILY_HANGUL_SHARE * len(hangul) else ""


def _share(script: re.Pattern[str], sample: bytes, encoding: str) -> float:
    """Of the letters beyond ASCII, 0..1; 0 where the bytes do not fit the encoding."""
    text = sample.decode(encoding, errors="replace")
    letters = [char for char in text if char > "\x7f" and char.isalpha()]
    if not letters or text.count("\ufffd") > _DAMAGE_SHARE * len(letters) + 1:
        return 0.0
    return sum(script.match(char) is not None for char in letters) / len(letters)


def _familiarity(data: bytes, encoding: str) -> float:
    """Share of the characters beyond ASCII that are in daily use, 0..1; damage counts against it."""
    if encoding in _WIDE_CANDIDATES and len(data) % 2:
        return 0.0
    text = data.decode(encoding, errors="replace")
    if encoding in _WIDE_CANDIDATES and "\0" in text:
        return 0.0
    foreign = [char for char in text if char > "\x7f"]
    if not foreign:
        return 1.0
    damaged = foreign.count("\ufffd")
    known = sum(map(_is_known[encoding], foreign)) if encoding in _is_known else len(foreign) - damaged
    return max(0.0, (known - _DAMAGE_COST * damaged) / len(foreign))


def _is_common_gb(char: str) -> bool:
    """Punctuation and the 3,755 first-level characters of GB 2312."""
    code = char.encode("gb2312", errors="ignore")
    return len(code) == 2 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)


def _is_common_big5(char: str) -> bool:
    """Punctuation and the 5,401 first-level characters of Big5."""
    code = char.encode("big5", errors="ignore")
    return len(code) == 2 and 0xA1 <= code[0] <= 0xC6


def _is_common(char: str) -> bool:
    return _is_common_gb(char) or _is_common_big5(char)


_is_known = {
    "gb18030": _is_common_gb,
    "big5hkscs": _is_common_big5,
    "utf-16-le": _is_common,
    "utf-16-be": _is_common,
}


def _readable(text: str) -> str:
    controls = sum(char < " " and char not in "\t\n\r\f\x1b" for char in text[:_SAMPLE_BYTES])
    if controls > max(_STRAY_CONTROLS, _CONTROL_SHARE * min(len(text), _SAMPLE_BYTES)):
        raise UnsupportedType
    return text
