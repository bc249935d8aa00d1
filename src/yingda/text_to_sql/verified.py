"""Verified queries: the same question asked before, or one that differs in nothing that matters."""

from __future__ import annotations

from functools import lru_cache

from yingda.text_to_sql.closed_words import WORDS
from yingda.text_to_sql.model import SemanticModel, VerifiedQuery
from yingda.text_to_sql.tokens import flat, key_of, plain_key, tokens

_MODELS_KEPT = 16
_GLUE = frozenset(plain_key(phrase) for phrase, word in WORDS.items() if word[0] in ("glue", "which"))
_LONGEST_GLUE = max(key.count(" ") + 1 for key in _GLUE)
_KEPT = frozenset({"not", "no", "without", "never", "for", "from", "in", "not in"})


def verified_for(model: SemanticModel, question: str) -> VerifiedQuery | None:
    """The approved query for this question: equal once small words are left out, in the same order.

    Numbers, names, negations and all words with a meaning of their own have to be the same.
    """
    return _approved(model).get(_core(question)) if _core(question) else None


@lru_cache(maxsize=_MODELS_KEPT)
def _approved(model: SemanticModel) -> dict[str, VerifiedQuery]:
    found: dict[str, VerifiedQuery] = {}
    for one in model.verified_queries:
        if one.approved_by:
            for said in (one.question, *one.other_questions):
                found.setdefault(_core(said), one)
    found.pop("", None)
    return found


def _core(question: str) -> str:
    """The words that matter, longest small words left out first."""
    forms = [token.form for token in tokens(flat(question))]
    kept: list[str] = []
    at = 0
    while at < len(forms):
        skipped = next(
            (
                length
                for length in range(min(_LONGEST_GLUE, len(forms) - at), 0, -1)
                if " ".join(forms[at : at + length]) in _GLUE
                and " ".join(forms[at : at + length]) not in _KEPT
            ),
            0,
        )
        if not skipped:
            kept.append(key_of([forms[at]]))
        at += skipped or 1
    return " ".join(kept)
