"""What a data answer depends on besides its words, and which answers are kept at all."""

from __future__ import annotations

from dataclasses import dataclass

from yingda.answer_cache.cache import AnswerCache, CachedAnswer
from yingda.answer_cache.key import CacheKey, cache_key
from yingda.text_to_sql import query_json
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.query import Query
from yingda.turns.events import RowsFetched
from yingda.turns.types import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DataState:
    """The asker's day ("yesterday" is another day tomorrow), the time, and how much was taught by then."""

    day: str
    now_s: float
    revision: int = 0


def data_key(turn: Turn, model: SemanticModel, query: Query | None, state: DataState) -> CacheKey:
    """Equal for turns that may share an answer.

    `turn.question` stands alone; `query` is what a follow-up was edited into, so that "and last month?" never
    meets another context. Whose question it is counts, and what they may see. With `freshness_s` keys of two
    stretches of that length differ, so that no answer is older.
    """
    stretch = int(state.now_s // model.freshness_s) if model.freshness_s else 0
    roles = ",".join(sorted(turn.principal.roles))
    resolved = query_json.dump(query) if query else ""
    variant = "|".join((model.name, model.version, state.day, str(stretch), roles, resolved))
    return cache_key(turn, state.revision, variant)


class RowsOnly:
    """An `AnswerCache` that keeps what rows answered: chat depends on the conversation."""

    def __init__(self, cache: AnswerCache) -> None:
        self._cache = cache
        self.get = cache.get
        self.clear = cache.clear
        self.stats = cache.stats
        self.now_s = cache.now_s
        self.entries = cache.entries

    async def put(self, key: CacheKey, answer: CachedAnswer) -> None:
        """Keep the answer if it has rows."""
        if any(isinstance(event, RowsFetched) for event in answer.events):
            await self._cache.put(key, answer)
