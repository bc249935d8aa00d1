"""Text to terms: one versioned analyzer, the same on the index and the query side.

    folded    NFKC, lower case, simplified characters, small Chinese numbers before a unit as digits
    run       a stretch of CJK or Thai characters, or a Latin/number run such as `ord-2024-001`, `x200`, `3.5`
    tokens    of a CJK run: jieba's search-mode words, every bigram, every character;
              of a Latin run: the stem, and for a compound also its parts and the parts joined
    evidence  the folded text with every Latin run written out as its tokens between spaces, so that one
              substring test tells whether a token occurs

A question loses its function words; what is left between them are its segments, and their words its units.
Those of Japanese, Korean and Thai are told by `scripts.py`; Chinese and English ones by dictionaries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import opencc
import rjieba
import tantivy

from yingda.knowledge.scripts import THAI, content_of, is_spelt
from yingda.knowledge.vocabulary import KNOWN_WORDS, PHRASES, STOP_WORDS, VAGUE_WORDS, alternatives

ANALYZER_VERSION = 4
"""Grows with every change of what `index_text` makes of a text: an older index is rebuilt."""

MOST_QUESTION_CHARS = 512
"""Bounds the work of one search: people paste whole mails as a question."""

VAGUE_WEIGHT = 0.35

UnitKind = Literal["word", "char", "latin", "number", "code", "value"]

_CJK = (
    "\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
    f"{THAI}"
)
_RUN = re.compile(rf"([{_CJK}]+)|([^\W_{_CJK}]+(?:[-_./+:'’][^\W_{_CJK}]+)*)")
_PART = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CODE = re.compile(r"(?=.*\d)(?=.*[^\d.]).+|\d{5,}")
_IDENTIFIER = re.compile(r"[^\W_]+(?:[_:][^\W_]+)+|[a-z]{20,}")
"""A name in a program or its log, such as `gc_life_time`: it is in a text as it is, or not at all."""
_OUTLINE_NUMBER = re.compile(r"^\s*\d{1,2}(?:\.\d{1,2}){2,4}\.?\s+(?!版|版本|v\d|release|version)")
"""Before a heading that somebody asks by."""
_NUMERAL = "[一二两三四五六七八九十]"
_VALUE = re.compile(
    rf"(\d+(?:\.\d+)?)\s?(?:块 ?钱?|元 ?钱)(?:左右|多)?"
    rf"|(?:上午|下午|早上|早晨|晚上|中午|凌晨|傍晚)?(?:\d{{1,2}}|{_NUMERAL}{{1,3}})点(?:半|多|钟)*(?!\d)"
)
_MEASURE = "[天日周月年元块折件]|小时|分钟|个月"
_CHINESE_NUMBER = re.compile(
    rf"(?<![一二两三四五六七八九十百千万亿])[一二两三四五六七八九十]{{1,3}}(?={_MEASURE})"
)
_QUANTITY = re.compile(rf"(\d(?:{_MEASURE}))(?=[{_CJK}])")
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PHRASE = re.compile("|".join(sorted(PHRASES, key=lambda phrase: (-len(phrase), phrase))))
_SAID_OTHERWISE = (
    (re.compile("多少钱"), "价格"),
    (re.compile("钱.{0,14}(?:回来|退回|退给|返还|到账)|(?:回来|退回|退给|返还).{0,6}钱"), "退款"),
    (re.compile(r"money back|back .{0,8}money"), "refund"),
)
"""Ways to say what has a word of its own."""
_PARTED = re.compile("([下退换付发收开充])(?:的|了|过|完)([单货款票电])")
"""A verb and its object with a particle between them: 下的单, 付过款."""
_CLAUSE = re.compile(r"(?<!\d),|,(?!\d)|[。!?;\n]|\.\s")
_MOST_CLAUSES = 4
_ASKING = re.compile(
    "[吗几哪谁]|怎|什么|多[少久长大]|为何|如何|是否|是不是|能不能|能否|可以|可否|有没有|要不要|呢$"
    r"|^\s*(?:how|what|when|where|who|why|which|can|could|do|does|is|are|will|may)\b"
)
_THAI_AM, _THAI_AM_PARTS = "\u0e33", "\u0e4d\u0e32"
"""NFKC takes this one vowel apart, and with it the lengths of words."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIMPLIFIER = opencc.OpenCC("t2s")
_STEMMER = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    .filter(tantivy.Filter.ascii_fold())
    .filter(tantivy.Filter.stemmer("english"))
    .build()
)
_GLUE = STOP_WORDS | VAGUE_WORDS | KNOWN_WORDS
_SEGMENTER = rjieba.Jieba()
for _word in sorted(KNOWN_WORDS):
    if len(_word) > 1 and not _word.isascii():
        _SEGMENTER.add_word(_word, None, None)


class Lexicon:
    """A collection's own words: always whole tokens, in its index and in questions to it."""

    __slots__ = ("_by_first",)

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[str]] = {}
        for word in sorted({fold(word).strip() for word in words} - {""}, key=lambda w: (-len(w), w)):
            self._by_first.setdefault(word[0], []).append(word)

    def found(self, folded: str) -> Iterator[tuple[int, str]]:
        """Position and word of every occurrence in a folded text, overlapping ones too."""
        if not self._by_first:
            return
        for at, first in enumerate(folded):
            for word in self._by_first.get(first, ()):
                if folded.startswith(word, at):
                    yield at, word


NO_WORDS = Lexicon()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexText:
    """What is kept of a text: tokens with repetitions, in no promised order, and the evidence."""

    tokens: list[str]
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTerm:
    """One token to look up, and how much its match counts."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A content word of the question; `others` are looser matches for it, `weight` is 1 for a plain word."""

    text: str
    kind: UnitKind
    weight: float = 1.0
    others: tuple[str, ...] = ()


_CLOCK = Unit(text="00", kind="value", weight=0.6)
"""For a time of day in a question: documents write theirs as 16:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question taken apart; `segments` are its stretches of CJK content, `plain` is its evidence form.

    `clauses` are those that ask, where there are several: a message may tell a story before it asks.
    """

    terms: tuple[QueryTerm, ...]
    units: tuple[Unit, ...]
    segments: tuple[str, ...]
    plain: str
    clauses: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryWeights:
    """How much each kind of term counts in the first, BM25 stage."""

    word: float = 1.0
    bigram: float = 0.6
    char: float = 0.3
    code: float = 2.0
    other: float = 0.4


def fold(text: str) -> str:
    """The form in which texts are compared; for matching only, positions are not those of the text."""
    whole = text if text.isascii() else _SURROGATE.sub("\ufffd", text)  # the libraries speak UTF-8
    plain = unicodedata.normalize("NFKC", whole).replace(_THAI_AM_PARTS, _THAI_AM).lower()
    folded = _SIMPLIFIER.convert(plain)
    digits = _CHINESE_NUMBER.sub(lambda found: _arabic(found[0]), folded)
    return _QUANTITY.sub(r"\1 ", digits)  # else jieba joins the unit with what follows: 7 天无 理由


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, as `fold` has them; of the same length, but for idioms."""
    return text if text.isascii() else _SIMPLIFIER.convert(_SURROGATE.sub("\ufffd", text))


def index_text(text: str, lexicon: Lexicon = NO_WORDS) -> IndexText:
    """The index side of the analyzer."""
    folded = fold(text)
    tokens = [word for _, word in lexicon.found(folded) if not word.isspace()]
    for cjk, latin in _RUN.findall(folded):
        tokens += _cjk_tokens(cjk) if cjk else run_tokens(latin)
    return IndexText(tokens=[token.replace(" ", "_") for token in tokens], evidence=_evidence(folded))


def evidence_of(text: str) -> str:
    """The evidence that `index_text` keeps of a text, without looking for its words."""
    return _evidence(fold(text))


def _evidence(folded: str) -> str:
    return f" {_RUN.sub(_written_out, folded)} "


def _written_out(run: re.Match[str]) -> str:
    return run[1] or f" {' '.join(run_tokens(run[2]))} "


def run_tokens(run: str) -> list[str]:
    """`ord-2024-001` → itself, `ord`, `2024`, `001`, `ord2024001`; a plain word → its stem."""
    run = run.removesuffix("'s").removesuffix("’s")
    if _NUMBER.fullmatch(run):
        return [run]
    parts = _PART.findall(run)
    if len(parts) == 1:
        return [stem(run)]
    return list(dict.fromkeys([run, *map(stem, parts), "".join(parts)]))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The Snowball stem of an English word, accents removed; a word with a digit stays as it is."""
    if len(word) < 3 or not word.isalpha():
        return word
    stems = _STEMMER.analyze(word)
    return stems[0] if stems else word


def _cjk_tokens(run: str) -> list[str]:
    words = [word for word in _SEGMENTER.cut_for_search(run) if len(word) > 1]
    return [*words, *map("".join, pairwise(run)), *run]


def _arabic(number: str) -> str:
    """`十五` → 15; what is no such number, as in `三五天`, stays."""
    tens, ten, ones = number.rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        return number
    if not ten:
        return str(_DIGITS[ones])
    return str(10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0))


def question_from_text(
    text: str, lexicon: Lexicon = NO_WORDS, weights: QueryWeights = QueryWeights()
) -> Question:
    """The query side of the analyzer; a question of function words only has no terms.

    Of a text longer than `MOST_QUESTION_CHARS` the first and the last half of that count are read.
    """
    half = MOST_QUESTION_CHARS // 2
    folded = fold(text if len(text) <= 2 * half else f"{text[:half]} {text[-half:]}")
    folded = _PARTED.sub(r"\1\2", _OUTLINE_NUMBER.sub("", folded, count=1) or folded)
    parts = [part for part in _CLAUSE.split(folded) if part and part.strip()]
    asking = [part for part in parts if _ASKING.search(part)] if len(parts) > 1 else []
    clauses = (_question(part, (), lexicon, weights) for part in asking[:_MOST_CLAUSES])
    return _question(folded, tuple(clause for clause in clauses if clause.units), lexicon, weights)


def _question(
    folded: str, clauses: tuple[Question, ...], lexicon: Lexicon, weights: QueryWeights
) -> Question:
    own = dict.fromkeys(word for _, word in lexicon.found(folded))
    units = [Unit(text=word, kind="code", weight=1.5, others=alternatives(word)) for word in own]
    units += [
        Unit(text=value[1], kind="value", weight=0.25) if value[1] else _CLOCK
        for value in _VALUE.finditer(folded)
    ]
    segments: list[str] = []
    units += [_cjk_unit(word) for pattern, word in _SAID_OTHERWISE if pattern.search(folded)]
    for run in _RUN.finditer(_VALUE.sub(" ", folded)):
        if run[1]:
            words, content = _cjk_units(run[1])
            units += words
            segments += content
        else:
            units += _latin_units(run[2])
    kept = tuple({unit.text: unit for unit in reversed(units)}.values())[::-1]
    return Question(
        terms=_terms(kept, segments, weights),
        units=kept,
        segments=tuple(segments),
        plain=evidence_of(folded),
        clauses=clauses,
    )


def _cjk_units(run: str) -> tuple[list[Unit], list[str]]:
    if is_spelt(run):
        return [_cjk_unit(word) for word in content_of(run)], content_of(run)
    units: list[Unit] = []
    segments: list[str] = []
    for piece in _PHRASE.split(run):
        segments.append("")
        for word in _question_words(piece):
            if word in STOP_WORDS:
                segments.append("")
                continue
            segments[-1] += word
            units.append(_cjk_unit(word))
    return units, [segment for segment in segments if segment]


def _question_words(piece: str) -> Iterator[str]:
    """Words of the dictionary, and what lies between them whole: a name such as 金卡, never 金卡有."""
    unknown = ""
    for word in _SEGMENTER.cut(piece, False):
        if len(word) == 1 and word not in _GLUE:
            unknown += word
            continue
        if unknown:
            yield unknown
            unknown = ""
        yield word
    if unknown:
        yield unknown


def _cjk_unit(word: str) -> Unit:
    if len(word) == 1:
        return Unit(text=word, kind="char", weight=0.6, others=alternatives(word))
    weight = VAGUE_WEIGHT if word in VAGUE_WORDS else min(1.4, 0.6 + 0.2 * len(word))
    return Unit(text=word, kind="word", weight=weight, others=_others(word))


def _others(word: str) -> tuple[str, ...]:
    """Alternatives of the word or, where it has none, of the words in it: 开发票 holds 发票."""
    if word in KNOWN_WORDS or len(word) < 3:
        return alternatives(word)
    parts = [part for part in _SEGMENTER.cut_for_search(word) if part in KNOWN_WORDS and part != word]
    return tuple(dict.fromkeys(other for part in parts for other in (part, *alternatives(part))))


def _latin_units(run: str) -> list[Unit]:
    if _NUMBER.fullmatch(run) and len(run) < 5:
        return [Unit(text=run, kind="number", weight=0.7)]
    if _CODE.fullmatch(run) or _IDENTIFIER.fullmatch(run):
        return [Unit(text=run, kind="code", weight=1.5)]
    plain = [part for part in _PART.findall(run.removesuffix("'s").removesuffix("’s"))]
    return [
        Unit(
            text=stem(part),
            kind="latin",
            weight=VAGUE_WEIGHT if part in VAGUE_WORDS else 1.0,
            others=alternatives(stem(part)),
        )
        for part in plain
        if part not in STOP_WORDS
    ]


def _terms(units: Iterable[Unit], segments: Iterable[str], weights: QueryWeights) -> tuple[QueryTerm, ...]:
    found: dict[str, float] = {}

    def add(token: str, weight: float) -> None:
        token = token.replace(" ", "_")
        found[token] = max(weight, found.get(token, 0.0))

    for unit in units:
        add(unit.text, (weights.code if unit.kind == "code" else weights.word) * unit.weight)
        for other in unit.others:
            add(other, weights.other)
        if unit.kind == "code":
            for part in run_tokens(unit.text):
                add(part, weights.word)
    for segment in segments:
        for bigram in map("".join, pairwise(segment)):
            add(bigram, weights.bigram)
        for char in segment:
            add(char, weights.char)
    return tuple(QueryTerm(text=token, weight=weight) for token, weight in sorted(found.items()))
