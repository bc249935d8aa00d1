"""Who answers what: the agents, and the wrappers around them.

Adding an agent is one file and one line here.
"""

from __future__ import annotations

from functools import partial

from yingda.agents.agent import Agent
from yingda.agents.business import business, ticket
from yingda.agents.chitchat import chitchat
from yingda.agents.extractive import extractive
from yingda.agents.fallback import FallbackConfig, with_fallback
from yingda.agents.grounded import PROMPT_VERSION, GroundedConfig, grounded
from yingda.agents.passages import PassagesConfig, with_passages
from yingda.agents.resolution import with_resolved_question
from yingda.agents.router import route
from yingda.answer_cache.answerer import with_cache, with_single_flight
from yingda.answer_cache.cache import AnswerCache
from yingda.answer_cache.key import cache_key
from yingda.handoff.answerer import silent, with_handoff
from yingda.handoff.desk import Desk
from yingda.handoff.policy import HandoffPolicy
from yingda.knowledge.retrieve import HybridRetriever
from yingda.llm.gateway import Gateway
from yingda.settings import Settings
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.types import Turn
from yingda.understanding.followup import resolve
from yingda.understanding.intents import read


def answerer_from(
    settings: Settings,
    clock: Clock,
    retriever: HybridRetriever,
    gateway: Gateway | None,
    cache: AnswerCache,
    desk: Desk,
) -> Answerer:
    small = gateway.small if gateway else None
    found = _from_passages(settings, clock, gateway)
    variant = f"{gateway.model.name} {PROMPT_VERSION}" if gateway else "extractive"
    key_of = partial(_key_of, retriever, variant)
    if settings.hot_cache_enabled and gateway is not None:
        found = with_single_flight(found, key_of)
    documents = with_passages(retriever, found, clock, PassagesConfig(passage_count=settings.rerank_top_k))
    if settings.hot_cache_enabled:
        documents = with_cache(documents, cache, key_of)
    agents = [
        Agent(name="documents", intents=frozenset({"knowledge_qa", "unknown"}), answer=documents),
        Agent(name="business", intents=frozenset({"business_query"}), answer=business(documents)),
        Agent(name="tickets", intents=frozenset({"ticket"}), answer=ticket(documents)),
        Agent(name="chitchat", intents=frozenset({"chitchat"}), answer=chitchat),
        Agent(name="handoff", intents=frozenset({"transfer_to_human", "emotion_sensitive"}), answer=silent),
    ]
    chosen = with_resolved_question(route(agents, read, small, clock), resolve, small, clock)
    policy = HandoffPolicy(max_failed_attempts=settings.max_failed_attempts)
    return with_handoff(chosen, desk, policy, clock)


def _from_passages(settings: Settings, clock: Clock, gateway: Gateway | None) -> Answerer:
    quoted = extractive()
    if gateway is None:
        return quoted
    written = grounded(gateway.model, GroundedConfig(max_tokens=settings.llm_max_tokens), clock)
    return with_fallback(written, quoted, clock, FallbackConfig(on_overload=settings.llm_overload))


def _key_of(retriever: HybridRetriever, variant: str, turn: Turn) -> str:
    return cache_key(turn, retriever.revision(turn.principal, turn.collection), variant)
