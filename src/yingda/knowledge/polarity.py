"""Whether a claim and its passage point the same way: negations, opposites, bounds, and all against some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from yingda.knowledge.facts import Clause, denies, negations
from yingda.knowledge.placed import Placed, fit, is_among

NEAR = 0.7
"""Clauses that share this much of each other's words are the same but for what is turned round."""

OPPOSITES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"(?<![目当提])前(?!提)", r"(?<![售然])后(?!台)"),
        (r"\bbefore\b", r"\bafter\b"),
        (r"开启|启用|打开", r"关闭|停用"),
        (r"\benabled?\b", r"\bdisabled?\b"),
        (r"有效|生效", r"失效|无效"),
        (r"成功", r"失败"),
        (r"增加|提高|上升", r"减少|降低|下降"),
        (r"\bincreas", r"\bdecreas|\breduc"),
        (r"\brequired\b|\bmandatory\b|必须|必填", r"\boptional\b|可选|选填"),
        (r"\binclud", r"\bexclud"),
    )
)
"""Patterns that turn a statement round, like a negation."""


def agrees(said: Sequence[Clause], window: Sequence[Placed], passage: Sequence[Placed]) -> bool:
    """False where the claim turns round what the quoted `window` says, or what the whole passage does."""
    if _is_denied(said, window, passage) or _is_generalised(said, window):
        return False
    return _clauses_agree(said, window)


def _clauses_agree(said: Sequence[Clause], window: Sequence[Placed]) -> bool:
    """Clauses are laid on the one they fit best; over each, negations and opposites must even out."""
    laid: dict[int, list[Clause]] = {}
    for clause in said:
        fits = [fit(clause, placed) + 0.5 * _points_alike(clause, placed.clause) for placed in window]
        if max(fits) >= 1.0 or len(window) == 1:
            # Equally good clauses must all agree: the subject may stand in one, the negation in the other.
            for index in (n for n, fit in enumerate(fits) if fit > max(fits) - 0.01):
                laid.setdefault(index, []).append(clause)
    return all(_evens_out(parts, window[index].clause) for index, parts in laid.items())


def _is_denied(said: Sequence[Clause], window: Sequence[Placed], passage: Sequence[Placed]) -> bool:
    """Whether a word that one side denies is only ever asserted by the other: 预约 with and without 无需."""
    stated, quoted, read = _stated_by(said), _stated_by(_of(window)), _stated_by(_of(passage))
    ours = _denied_by(said) | _denied_outright(quoted, said)
    here = _denied_by(_of(window)) | _denied_outright(stated, _of(window))
    anywhere = _denied_by(_of(passage)) | _denied_outright(stated | ours, _of(passage))
    lost, turned = (ours & quoted) - anywhere, (here & stated) - ours - quoted
    alike = [
        each for each in passage if any(is_among(word, each.near - each.clause.denied) for word in stated)
    ]
    return bool(lost or turned or (_denied_by(_of(alike)) & stated) - ours - read)


def _of(placed: Sequence[Placed]) -> list[Clause]:
    return [each.clause for each in placed]


def _denied_outright(words: Iterable[str], clauses: Sequence[Clause]) -> frozenset[str]:
    """Chinese words right behind a negation, however the clause was cut into words."""
    text = "|".join(clause.text for clause in clauses)
    return frozenset(word for word in words if len(word) > 1 and word[0] >= "\u3400" and denies(text, word))


def _denied_by(clauses: Sequence[Clause]) -> frozenset[str]:
    return frozenset(word for clause in clauses for word in clause.denied if len(word) > 1)


def _stated_by(clauses: Sequence[Clause]) -> frozenset[str]:
    return frozenset(word for clause in clauses if not clause.is_denying for word in clause.words)


def _is_generalised(said: Sequence[Clause], window: Sequence[Placed]) -> bool:
    """Whether the sentence speaks of all cases where the passage does not."""
    return any(clause.is_general for clause in said) and not any(p.clause.is_general for p in window)


def _points_alike(one: Clause, other: Clause) -> bool:
    return (one.is_low, one.is_high) == (other.is_low, other.is_high)


def _evens_out(said: Sequence[Clause], source: Clause) -> bool:
    text = ",".join(clause.text for clause in said)
    turns = negations(text, source.text) + negations(source.text, text)
    turned = sum(_turned(text, source.text, one, other) for one, other in OPPOSITES)
    low, high = any(clause.is_low for clause in said), any(clause.is_high for clause in said)
    is_flipped = low != high and ((low and _is_only_high(source)) or (high and _is_only_low(source)))
    if (turns + turned + is_flipped) % 2 == 0:
        return True
    # Two wordings of one fact may differ in a negation; where all else is the same it turns the fact round.
    return not (is_flipped or turned % 2 or _is_near(said, source))


def _is_near(said: Sequence[Clause], source: Clause) -> bool:
    """Whether the two are made of the same signs, whatever words they were cut into."""
    ours, theirs = _signs(*said), _signs(source)
    return len(ours & theirs) >= NEAR * max(len(ours), len(theirs))


def _signs(*clauses: Clause) -> frozenset[str]:
    """English stems without the prefix that turns them round, and Chinese characters."""
    words = [word for clause in clauses for word in clause.words]
    stems = {word.removeprefix("un") for word in words if word[0] < "\u0e00"}
    return frozenset(stems.union(*(word for word in words if word[0] >= "\u0e00")))


def _is_only_high(clause: Clause) -> bool:
    return clause.is_high and not clause.is_low


def _is_only_low(clause: Clause) -> bool:
    return clause.is_low and not clause.is_high


def _turned(said: str, source: str, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    says = bool(one.search(said)), bool(other.search(said))
    reads = bool(one.search(source)), bool(other.search(source))
    return says != reads and sorted(says) == [False, True] == sorted(reads)
