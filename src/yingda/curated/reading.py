"""A question read for comparison: what it asks for, about what, and all that would make it another question.

exact    the text without width, case, punctuation and blanks: equal ones are the same question
asked    the type: who, when, how long, how much, how many, where, why, how, what, whether; "" where open
terms    content words with weights, like ones said by one word, question words and negations taken out
grams    pairs of neighbouring characters of the Chinese content
the rest figures, codes, what is negated, alternatives taken, directions, parties, names: see `agreement`
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, zip_longest

import rjieba

from yingda.curated.asking import take_question, without_question
from yingda.curated.words import FAINT, MONEY, in_one_word, parties_in, same_token, sides_of
from yingda.knowledge.analyzer import Unit, fold, question_from_text, stem
from yingda.knowledge.quantities import Quantity, measure
from yingda.knowledge.vocabulary import STOP_WORDS

FAINT_WEIGHT = 0.2
MOST_COMPARED_CHARS = 256
"""A longer text is a story with a question in it; it is only equal to itself."""
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_FOREIGN = re.compile("[\u0370-\u1cff\u3040-\u30ff\ua000-\ud7ff\uf900-\ufaff]")
_KEPT = re.compile(
    r"(?<=\d)[.:/-](?=\d)|(?<!\w)-(?=\d)|[+#%<>=$€£¥]|[^\W_]|\s"
    "|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a]"
)
_POLITE = re.compile(
    r"^(?:(?:您好|你好|请问一下|请问|请教一下|请教|麻烦问下|麻烦问一下|麻烦|我想问一下|我想问下|我想问"
    r"|想问一下|想问下|想问|我想咨询一下|我想咨询|想咨询|我想知道|我想了解一下|我想了解|想知道|想了解"
    r"|请告诉我|告诉我|帮我查一下|帮忙|帮我|亲)[,!。:\s]*)+"
    r"|^(?:(?:hi|hello|hey|please|excuse me|thanks|dear team)\b[,!.\s]*)+"
    r"|^(?:could|can|would) you (?:please )?(?:tell me|explain|let me know|help me)(?: (?:with|about))?\s"
    r"|^(?:please )?(?:tell me|i(?:'d| would) like to know|i want to know|i was wondering|do you know)"
    r"(?: if)?\s"
    r"|\bin order (?=to\b)"
    r"|,? please$|[,\s]*(?:谢谢|多谢|thanks|thank you)$"
)

_NOT = re.compile(
    r"不(?!同|仅|但|断|过|少于|超过|论|管|良|锈|妨|好意思|客气|限)|没有?(?!收|关系)|没(?=收到)|未(?!来|成年)"
    r"|无法|无(?!理由|线|论|限|忧|缝|障碍|人|痛|霜|糖)|勿|禁止|拒绝|非(?!常|洲|凡)"
    r"|\b(?:not|no longer|no|never|cannot|without|unable|neither|nor|none|fail(?:s|ed)? to)\b"
    r"|\bun(?!til|der|i[a-z]|like|usual)(?=[a-z]{4,})|\bnon-?(?=[a-z]{4,})"
)
_CONTRACTED = (("can't", "can not"), ("cannot", "can not"), ("won't", "will not"), ("n't", " not"))
_EITHER_OR = re.compile(r"(\w)[不没]\1(?=\w)")
_PIECE = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+")
_NEXT_COUNT, _NEAR_COUNT = 2, 4
_IGNORED_NEAR = frozenset("的了是有要会能可以吗我你就还都在也说法上到出进动开")

_LETTER = re.compile(r"(?<![a-z0-9])([a-z])(?=[\u3400-\u9fff])")
_LABEL = re.compile(
    r"\b(plan|option|type|class|grade|size|model|version|part|group|level|zone|terminal|gate) ([a-z])\b"
)
_WITHIN = re.compile(r"(?<= )(?:之|以)?[内后前](?=[\u3400-\u9fff])")
"""What a figure leaves behind, and a segmenter would join with what follows: 7 天 内能 退货."""
_ONE = re.compile(r"(?<![\d.])1 ?(?:年|天|日|个月|周|次)(?!\d| ?[内后前])|每[天日月年周次]")
_SOURCE = re.compile(r"从|由(?!于)|自(?!动|己|助|提|费|由)|\bfrom\b")
_TARGET = re.compile(
    r"(?<![收达得遇看找碰拿直])到(?![账期货底达时位付]|手(?!机))|至(?!少|今)|兑换成?|换成|改成|变成|转成|转到?|传给|给|寄给|往|比(?!较|例|如)|再(?!次)|然后|之?前(?!台)|包含|包括"
    r"|\b(?:to|into|onto|than|before|includes?)\b"
)
_CUE = re.compile(f"(?P<source>{_SOURCE.pattern})|(?P<target>{_TARGET.pattern})")
_PROPER = frozenset({"ns", "nt", "nr", "nrt"})
_CAPITAL = re.compile(r"(?<=[a-z0-9,;:'\"] )[A-Z][A-Za-z]+|\b[A-Z]{2,}\b")
_SUBJECT = re.compile(r"^(?:can|could|may|will|do|should) (i|we|you)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A content word, 0..1.5 by how much it says; `is_latin`: compared as a whole."""

    text: str
    weight: float
    is_latin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """What a negator stands before, and all that stands close to it: 没付款, 登录不上."""

    next: frozenset[str]
    around: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One question taken apart; `is_closed`: too long, or of a script or words that only equality can judge.

    `firm` are the figures without those that say "a" or "per", as in 一年 and 每年; `denied` has one entry a
    negation. `sources` and `targets` are what a direction leads from and to.
    """

    exact: str
    is_closed: bool
    asked: str = ""
    terms: tuple[Term, ...] = ()
    content: str = ""
    grams: frozenset[str] = frozenset()
    figures: tuple[Quantity, ...] = ()
    firm: tuple[Quantity, ...] = ()
    codes: frozenset[str] = frozenset()
    denied: tuple[Denial, ...] = ()
    sides: frozenset[tuple[int, int]] = frozenset()
    sources: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    parties: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    subject: str = ""


def exact_form(text: str) -> str:
    """What stays of a question without its looks and its manners: equal forms are the same question."""
    words = "".join(_KEPT.findall(_bare(text))).split()
    joined = words[0] if words else ""
    for before, word in pairwise(words):
        joined += word if _HAN.match(before[-1]) or _HAN.match(word[0]) else f" {word}"
    return joined


@lru_cache(maxsize=1024)
def read(text: str) -> Reading:
    """Take a question apart; costs some 200 microseconds, equal texts are remembered."""
    whole = _bare(text)
    if len(whole) > MOST_COMPARED_CHARS:
        return Reading(exact=exact_form(text), is_closed=True)
    bare = _LABEL.sub(r"\1 \g<2>0", _LETTER.sub(r"\g<1>0", whole))
    for short, whole in _CONTRACTED:
        bare = bare.replace(short, whole)
    measured = measure(bare)
    asked, rest = take_question(in_one_word(_WITHIN.sub(" ", measured.rest)), bare)
    rest, denied = _denied(_EITHER_OR.sub(r"\1", rest))
    question = question_from_text(rest)
    terms = tuple(_terms(question.units, asked))
    sources, targets = _directions(without_question(bare))
    return Reading(
        exact=exact_form(text),
        asked=asked,
        is_closed=not terms or bool(_FOREIGN.search(bare)),
        terms=terms,
        content="|".join(question.segments),
        grams=frozenset("".join(pair) for part in question.segments for pair in pairwise(part)),
        figures=measured.quantities,
        firm=tuple(one for one in measure(_ONE.sub(" ", bare)).quantities if one.unit != "per"),
        codes=measured.codes,
        denied=denied,
        sides=sides_of(bare),
        sources=sources,
        targets=targets,
        parties=parties_in(bare),
        names=_names(text, rest, terms),
        subject=found[1] if (found := _SUBJECT.match(bare)) else "",
    )


def _bare(text: str) -> str:
    folded = fold(text).replace("’", "'").strip()
    return _POLITE.sub("", folded).strip() or folded


def _denied(text: str) -> tuple[str, tuple[Denial, ...]]:
    """The text without its negators, and what each of them denies."""
    denied = []
    for found in _NOT.finditer(text):
        before, after = _content_of(text[: found.start()]), _content_of(text[found.end() :])
        denied.append(
            Denial(
                next=frozenset(after[:_NEXT_COUNT]),
                around=frozenset(before[-_NEAR_COUNT:] + after[:_NEAR_COUNT]),
            )
        )
    return _NOT.sub(" ", text), tuple(denied)


def _content_of(text: str) -> list[str]:
    """Chinese characters and English words that mean something, in order."""
    pieces = (piece for piece in _PIECE.findall(text) if piece not in _IGNORED_NEAR)
    return [
        piece if _HAN.match(piece) else same_token(stem(piece))
        for piece in pieces
        if piece not in STOP_WORDS or _HAN.match(piece)
    ]


def _terms(units: Iterable[Unit], asked: str) -> Iterator[Term]:
    faint = FAINT | MONEY if asked == "amount" else FAINT
    for unit in units:
        is_latin = unit.kind in ("latin", "number", "code")
        text = same_token(unit.text) if unit.kind == "latin" else unit.text
        weight = FAINT_WEIGHT if text in faint or unit.text in faint else unit.weight
        yield Term(text=text, weight=weight, is_latin=is_latin)


def _directions(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The content that a direction leads from, and to; what stands before a first "to" is where it begins."""
    sources: set[str] = set()
    targets: set[str] = set()
    cues = list(_CUE.finditer(text))
    if cues and cues[0]["target"]:
        sources |= _pieces(text[: cues[0].start()])
    for cue, after in zip_longest(cues, cues[1:]):
        span = _pieces(text[cue.end() : after.start() if after else len(text)])
        if cue["source"]:
            sources |= span
        else:
            targets |= span
    return frozenset(sources), frozenset(targets)


def _pieces(text: str) -> set[str]:
    grams = {"".join(pair) for pair in pairwise(text) if _HAN.match(pair[0]) and _HAN.match(pair[1])}
    return grams.union(stem(word) for word in re.findall(r"[a-z0-9]+", text) if word not in STOP_WORDS)


def _names(text: str, rest: str, terms: Iterable[Term]) -> frozenset[str]:
    """Places, persons and brands: content that nothing can paraphrase."""
    if not _HAN.search(rest):
        capitals = _CAPITAL.findall(unicodedata.normalize("NFKC", text))
        known = {term.text for term in terms}
        return frozenset(token for word in capitals if (token := same_token(stem(word.lower()))) in known)
    latin = {term.text for term in terms if term.is_latin}
    proper = {word for word, tag in rjieba.tag(rest) if tag in _PROPER and len(word) > 1}
    return frozenset(latin | proper)
