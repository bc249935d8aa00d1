"""Who answers what: the agents of each dialect, and the wrappers around them.

Adding an agent is one file and one line here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import partial

from yingda.agents.agent import Agent
from yingda.agents.business import AGENT, with_errands
from yingda.agents.category import by_category
from yingda.agents.chitchat import chitchat
from yingda.agents.extractive import extractive
from yingda.agents.fallback import FallbackConfig, with_fallback
from yingda.agents.first_text import with_first_text_timed
from yingda.agents.grounded import PROMPT_VERSION, GroundedConfig, grounded
from yingda.agents.languages import with_language
from yingda.agents.passages import PassagesConfig, with_passages
from yingda.agents.prompts import load
from yingda.agents.provenance import with_provenance
from yingda.agents.resolution import with_resolved_question
from yingda.agents.router import route
from yingda.agents.scope import with_scope
from yingda.agents.screening import WordFilters, with_screening
from yingda.agents.several import with_parts
from yingda.agents.suggestions import Suggester, with_suggestions
from yingda.agents.tickets import ticket
from yingda.agents.unfound import own_knowledge, say_not_found
from yingda.agents.writing import writing
from yingda.answer_cache.answerer import with_cache, with_single_flight
from yingda.answer_cache.cache import AnswerCache
from yingda.answer_cache.key import cache_key
from yingda.curated.answerer import CuratedParts, with_curated
from yingda.handoff.answerer import silent, with_handoff
from yingda.handoff.customers import Customers
from yingda.knowledge.retrieve import HybridRetriever
from yingda.llm.gateway import Gateway
from yingda.llm.types import ChatModel
from yingda.projects.answerer import with_project
from yingda.projects.store import Projects
from yingda.settings import Settings
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import TurnEvent
from yingda.turns.types import Turn
from yingda.understanding.followup import resolve
from yingda.understanding.live import reader_from
from yingda.understanding.parts import parts_of
from yingda.wiring.business import Business
from yingda.wiring.calls import CallFaces
from yingda.wiring.data import Data
from yingda.wiring.desk import Desks, level_from, policy_from
from yingda.wiring.knowledge import Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What answers are made from."""

    settings: Settings
    clock: Clock
    knowledge: Knowledge
    gateway: Gateway | None
    cache: AnswerCache
    curated: CuratedParts
    projects: Projects
    desks: Desks
    business: Business
    calls: CallFaces
    data: Data


def answerer_from(sources: Sources) -> Answerer:
    """The one answerer that the engine drives."""
    helpdesk, docqa = _helpdesk(sources), _docqa(sources)
    documents = {"helpdesk": helpdesk, "docqa": docqa, "docqa-writing": docqa, "openai": docqa}
    calls = {"callflow": sources.calls.callflow.answer, "fastgpt": sources.calls.fastgpt.answer}
    return _by_dialect({**documents, **calls, "dataqa": sources.data.answer})


def _by_dialect(answers: Mapping[str, Answerer]) -> Answerer:
    def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        return answers[turn.dialect](turn)

    return answer


def _helpdesk(sources: Sources) -> Answerer:
    documents = _documents(sources, gate=False)
    counter = sources.business.counter(documents, sources.gateway.model if sources.gateway else None)
    agents = [
        Agent(name="documents", intents=frozenset({"knowledge_qa", "unknown"}), answer=documents),
        Agent(name=AGENT, intents=frozenset({"business_query"}), answer=counter.answer),
        Agent(name="tickets", intents=frozenset({"ticket"}), answer=ticket(documents, sources.desks.tickets)),
        Agent(name="chitchat", intents=frozenset({"chitchat"}), answer=chitchat),
        Agent(name="handoff", intents=frozenset({"transfer_to_human", "emotion_sensitive"}), answer=silent),
    ]
    small, clock = _small(sources), sources.clock
    understand = reader_from(sources.settings, clock)
    chosen = with_errands(route(agents, understand, small, clock), counter)
    parted = with_parts(chosen, lambda text: parts_of(text, understand))
    resolved = with_resolved_question(parted, resolve, small, clock)
    customers = Customers(sources.desks.tickets, level_from(sources.business.shop))
    answer = with_handoff(resolved, sources.desks.desk, policy_from(sources.settings), clock, customers)
    return with_project(with_screening(answer, WordFilters()), sources.projects)


def _docqa(sources: Sources) -> Answerer:
    clock, knowledge, filters = sources.clock, sources.knowledge, WordFilters()
    model = sources.gateway.model if sources.gateway else None
    documents = with_provenance(_documents(sources, gate=True), knowledge.catalogue.provenances)
    agents = by_category(
        {
            "documents": Agent(
                name="documents",
                intents=frozenset({"knowledge_qa"}),
                answer=with_scope(documents, knowledge.catalogue.states),
            ),
            "writing": Agent(
                name="writing",
                intents=frozenset({"writing"}),
                answer=with_scope(writing(model, _resting(sources), clock), knowledge.catalogue.states),
            ),
        }
    )
    answer = with_language(with_resolved_question(agents, resolve, _small(sources), clock))
    suggester = Suggester(knowledge.retriever, knowledge.library.shelf, model, clock)
    offered = with_suggestions(with_screening(answer, filters), suggester, filters, clock)
    return with_project(with_first_text_timed(offered, clock), sources.projects)


def _documents(sources: Sources, *, gate: bool) -> Answerer:
    """Curated answers, then cached ones, then what the passages say; `gate` checks sentence by sentence."""
    settings, clock, gateway = sources.settings, sources.clock, sources.gateway
    retriever = sources.knowledge.retriever
    found = _from_passages(sources, gate=gate)
    variant = f"{gateway.model.name} {PROMPT_VERSION} {gate}" if gateway else "extractive"
    key_of = partial(_key_of, retriever, variant)
    if settings.hot_cache_enabled and gateway is not None:
        found = with_single_flight(found, key_of)
    unfound = own_knowledge(gateway.model, clock) if gateway else say_not_found
    config = PassagesConfig(passage_count=settings.rerank_top_k)
    documents = with_passages(retriever, found, clock, config, unfound)
    if settings.hot_cache_enabled:
        documents = with_cache(documents, sources.cache, key_of)
    return with_curated(documents, sources.curated, clock)


def _from_passages(sources: Sources, *, gate: bool) -> Answerer:
    quoted = extractive()
    if sources.gateway is None:
        return quoted
    settings, clock, model = sources.settings, sources.clock, sources.gateway.model
    config = GroundedConfig(max_tokens=settings.llm_max_tokens, gate=gate)
    written = grounded(model, config, clock, unfound=own_knowledge(model, clock))
    return with_fallback(written, quoted, clock, FallbackConfig(on_overload=settings.llm_overload))


def _resting(sources: Sources) -> Answerer:
    """Writes over documents that a caller names: they are wanted, so no threshold keeps them out."""
    clock, gateway = sources.clock, sources.gateway
    written = extractive()
    if gateway is not None:
        config = GroundedConfig(max_tokens=sources.settings.llm_max_tokens)
        composed = grounded(gateway.model, config, clock, load("writing_grounded"))
        written = with_fallback(composed, written, clock)
    return with_passages(sources.knowledge.retriever, written, clock, PassagesConfig(threshold=0.0))


def _small(sources: Sources) -> ChatModel | None:
    return sources.gateway.small if sources.gateway else None


def _key_of(retriever: HybridRetriever, variant: str, turn: Turn) -> str:
    return cache_key(turn, retriever.revision(turn.principal, turn.collection), variant)
