"""What an answer depends on; two turns with equal keys may share one answer."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable

from yingda.turns.options import PLAIN, UNSET
from yingda.turns.types import Turn

CacheKey = str


def cache_key(turn: Turn, revision: int, variant: str) -> CacheKey:
    """A digest over the stand-alone question, whose question it is, and what answers it.

    `variant` names the model and the prompt version; `revision` is the collection's, so that every change of
    the knowledge leaves the old answers behind. The question is folded in width, case and outer blanks only.
    """
    question = unicodedata.normalize("NFKC", turn.question).casefold().strip()
    scope = (turn.principal.tenant, turn.principal.user_id, turn.user_id, turn.dialect, turn.collection)
    wanted = None if turn.options == PLAIN and turn.project == UNSET else (turn.options, turn.project)
    return hashlib.sha256(repr((question, scope, revision, variant, wanted)).encode()).hexdigest()


KeyOf = Callable[[Turn], CacheKey]
