"""What a clause claims: its content words, names, figures, negations and the way its bounds point."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import rjieba

from yingda.knowledge.quantities import Quantity, measure
from yingda.knowledge.scripts import content_of, is_spelt
from yingda.knowledge.wordings import reworded, same_stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The facts of a stretch without a comma.

    `group` is shared by clauses with no stronger mark than a comma between them. `words` are content words in
    order, Latin ones as stems; `subject` are the nouns before the first verb, `modifiers` the nouns and
    adjectives with the noun each stands before; `names` cannot be paraphrased. `denied` are the words that a
    negation is about, if it `is_denying` at all; `is_general` says that the clause speaks of all cases.
    """

    text: str
    group: int
    words: tuple[str, ...]
    subject: tuple[str, ...]
    modifiers: tuple[tuple[str, str], ...]
    names: frozenset[str]
    codes: frozenset[str]
    quantities: tuple[Quantity, ...]
    is_low: bool
    is_high: bool
    denied: frozenset[str] = frozenset()
    is_denying: bool = False
    is_general: bool = False


_HARD = re.compile(r"[;。!?\n|]+|\.(?=\s|$)")
_SOFT = re.compile(r",(?!\d{3})|、(?=.{6})|:(?!\d\d)|\s(?:and|but|or|while|whereas)\s")
_DENIED = "(?:不|未|没有?|不能|不得|不可|不应|不要|不可以)"
_MORE = "(?:more|over|above|longer|later|higher|taller|older|larger|heavier|greater)"
_LESS = "(?:less|fewer|shorter|earlier|lower|younger|smaller|lighter)"
_LOW = re.compile(
    _DENIED + r"(?:超过|超出|高于|多于|大于)|未满|不满|不足|低于|少于|小于|以下|最多|至多|最高"
    rf"|at most|up to|(?:no|not|never)(?: be)? {_MORE} than|{_LESS} than|less than|fewer than"
    r"|\bunder\b|\bbelow\b|maximum|\b(?:not|never) exceed"
)
_HIGH = re.compile(
    _DENIED + r"(?:少于|低于|小于)|超过|超出|高于|多于|大于|以上|至少|最少|最低|满(?=\s?\d)"
    rf"|at least|(?:no|not|never)(?: be)? {_LESS} than|{_MORE} than|\bover\b|\babove\b|minimum|\bor older\b"
)
_BOUND = re.compile(f"{_LOW.pattern}|{_HIGH.pattern}")
_PREFIXED = re.compile(r"\b(?:non-?|un|in|im|ir|dis)([a-z]{4,})")
_NOT = re.compile(
    r"不(?!同|仅|但|断|过|少|久|论|管|良|锈|妨)|(?<!淹)没(?!收)|无(?!理由|线|论|限|忧|缝)|非(?!常|洲)|勿"
    r"|禁止|拒绝|谢绝|(?<!减)免(?!疫)|包邮"
    r"|\b(?:not|no|never|cannot|without|neither|nor|none|unable|prohibited|forbidden|free|nobody|nothing)\b|n't\b"
    r"|ません|(?<!けれ)(?<!なら)ない(?!と)|不可|없|않|못하|아니|ไม่|ห้าม"
)
_DENIES = re.compile(
    r"(?:不(?:得|能|可以?|许|准|允许|支持|提供|接受|含|会|再|用|必|需要?)?(?!同|仅|但|断|过|少|久|论|管|良|锈|妨)"
    r"|(?<!淹)没有?(?!收)|无(?:需|须|法)?(?!理由|线|论|限|忧|缝)|勿|禁止|拒绝|谢绝|毋需|免(?=[收交除去]))"
    r"|\b(?:(?<!who are )(?<!that are )not(?! free)|no|never|cannot|without|neither|nor|none|unable)\b|n't\b"
    r"|\b(?:prohibited|forbidden)\b"
)
"""Negations that are about the words next to them; 免费 and its like are about the whole."""
_RIGHT_BEFORE = ("不", "勿", "禁止", "无需", "没有", "不得", "不能")
_DENIED_COUNT = 2
_FILLERS = re.compile(r"(?:\s|\b(?:be|been|to|an?|the|any|yet|your|their|its)\b)*")
_GENERAL = re.compile(
    "所有|全部|一律|任何(?!时间)|每[天日](?=.{0,12}都)|都(?=[有可能会要需])|全天|随时"
    r"|\b(?:all|every|always|everyone|everybody|everything|whole|entire|entirely)\b(?! year| day| further)"
)
_NOT_YET = re.compile(r"未(?!来)([\u3400-\u9fff]{1,2})")
_LATIN = re.compile(r"[a-z][a-z0-9]*(?:'[a-z]+)?")
_CJK = re.compile(r"[\u3400-\u9fff]")
_CAPITAL = re.compile(r"(?<=[a-z0-9,;:'\"] )[A-Z][A-Za-z]+|\b[A-Z]{2,}\b")
_CONTENT_TAGS = frozenset("nvabtsijlzm")
_STOP_HAN_LIST = """
可以 能够 能 会 是 为 有 将 要 需要 需 应 应该 请 您 你 我们 的话 如果 进行
使用 用 后 前 之后 之前 以后 以前 内 以内 之内 期间 时间 情况 前提 不能 不可以
无法 不 没有 没 未 自动 即可 就 到 至 在 等 使 让 把 被 给 由 说 表示 相关
以及 不会 无需 不用 不可 年 月 日 天 不得 可 属于 一般 通常 具体 其中 方式 范围
"""
_STOP_HAN = frozenset(_STOP_HAN_LIST.split())
_STOP_LATIN_LIST = """
a an the is are was were be been being to of in on at by for from with and or but if you your
yours we our us it its they them their this that these those can could may might must shall
should will would do does did have has had not no never cannot as after before within than then
so there here when while which who what how any all also need needs get gets us i he she his her
into out up per each please am pm only other such free take takes took one ones nobody nothing
under over above below less more most least else another just same still
"""
_STOP_LATIN = frozenset(_STOP_LATIN_LIST.split())
_WHERE = frozenset("里内外上下中边处旁")
_PLACE_TAGS = frozenset({"ns", "nt", "nz", "nr", "nrt", "nrfg"})


@lru_cache(maxsize=64)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text in order; those without anything to check are left out."""
    folded = reworded(unicodedata.normalize("NFKC", text).replace("’", "'"))
    found: list[Clause] = []
    for group, hard in enumerate(_HARD.split(folded)):
        found += (_clause(soft, group) for soft in _SOFT.split(hard) if soft.strip())
    return tuple(clause for clause in found if clause.words or clause.quantities or clause.codes)


def negations(text: str, against: str) -> int:
    """How often a folded clause negates; 未拆封 or 未使用 only where the other clause speaks of that, too.

    未 mostly makes a condition ("unopened goods"), which a shorter statement may leave out.
    """
    bare = _BOUND.sub(" ", text)
    conditions = (match[1] for match in _NOT_YET.finditer(bare))
    prefixed = sum(bool(re.search(rf"\b{word[:5]}", against)) for word in _PREFIXED.findall(bare))
    return len(_NOT.findall(bare)) + prefixed + sum(any(c in against for c in verb) for verb in conditions)


def denies(text: str, word: str) -> bool:
    """Whether a Chinese word stands right behind a negation that is no bound."""
    return word in text and any(mark + word in _without_bounds(text) for mark in _RIGHT_BEFORE)


@lru_cache(maxsize=64)
def _without_bounds(text: str) -> str:
    return _BOUND.sub(" ", text)


def _bounds(text: str) -> tuple[bool, bool]:
    """Whether the clause sets a lower and an upper bound; the longer phrase counts: 不低于 is no 低于."""
    starts = [match.start() for match in _BOUND.finditer(text)]
    return any(_HIGH.match(text, at) for at in starts), any(_LOW.match(text, at) for at in starts)


def _clause(text: str, group: int) -> Clause:
    lower = text.lower()
    measured = measure(lower)
    read = _words(measured.rest)
    capitals = frozenset(same_stem(stem(word.lower())) for word in _CAPITAL.findall(text))
    capitals &= frozenset(read.words)
    high, low = _bounds(lower)
    return Clause(
        text=lower,
        group=group,
        words=tuple(read.words),
        subject=tuple(read.subject),
        modifiers=tuple(read.modifiers),
        names=capitals.union(read.names),
        codes=measured.codes,
        quantities=measured.quantities,
        is_low=low,
        is_high=high,
        denied=_denied(lower, read.words),
        is_denying=_DENIES.search(_BOUND.sub(" ", lower)) is not None,
        is_general=_GENERAL.search(lower) is not None,
    )


def _denied(text: str, words: Sequence[str]) -> frozenset[str]:
    """The words after each negation, or those before one that ends its clause."""
    found_at = ((text.find(word[:5] if word[0] < "\u0e00" else word), word) for word in words)
    places = sorted((at, word) for at, word in found_at if at >= 0)
    found: set[str] = set()
    for negation in _DENIES.finditer(_BOUND.sub(lambda bound: " " * len(bound[0]), text)):
        after = [(place, word) for place, word in places if place >= negation.end()]
        if not after:
            found.update(word for _, word in places)
        elif not negation[0].isascii():
            found.update(word for _, word in after[:_DENIED_COUNT])
        elif after[0][0] == _FILLERS.match(text, negation.end()).end():  # type: ignore[union-attr]
            found.add(after[0][1])
    return frozenset(found)


@dataclass(slots=True)
class _Words:
    words: list[str]
    subject: list[str] = field(default_factory=list)
    modifiers: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def _words(text: str) -> _Words:
    read = _Words([same_stem(stem(word)) for word in _LATIN.findall(text) if word not in _STOP_LATIN])
    if is_spelt(text):
        read.words += content_of(text)
        return read
    if not _CJK.search(text):
        return read
    read.names += read.words
    modifier, verb_seen = "", False
    for word, tag in rjieba.tag(_LATIN.sub(" ", text)):
        if word == "的":
            continue
        if word in _STOP_HAN or not _CJK.match(word) or tag[0] not in _CONTENT_TAGS:
            modifier = ""
            continue
        read.words.append(word)
        verb_seen = verb_seen or tag[0] == "v"
        if tag[0] == "n":
            read.subject += [] if verb_seen else [word]
            read.modifiers += [(modifier, word)] if modifier else []
        if tag in _PLACE_TAGS and len(word) > 1 and word[-1] not in _WHERE:
            read.names.append(word)
        modifier = word if tag[0] in "nab" else ""
    return read


def stem(word: str) -> str:
    """A crude English stem: enough for plurals and regular verbs, where both sides go through it."""
    word = word.removesuffix("'s").removesuffix("n't")
    for suffix in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
