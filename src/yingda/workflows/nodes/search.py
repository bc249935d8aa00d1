"""Searches the knowledge base, joins what was found, and widens questions before a search."""

from __future__ import annotations

from collections import defaultdict

from yingda.llm.types import Prompt
from yingda.turns.types import DEFAULT_COLLECTION, CollectionId, Passage
from yingda.workflows.asking import ask_or_none, messages_of, model_of
from yingda.workflows.casts import looks_like_json, read_json
from yingda.workflows.history import window
from yingda.workflows.prompts import filled
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import (
    Value,
    compact_json,
    dicts_of,
    string_of,
    strings_of,
    text_of,
    whole_number_of,
)

_PASSAGES = 20
_TOKENS = 3000
_RANK_BIAS = 60


async def search(run: NodeRun) -> Result:
    """Passages as quotes, the best first, as many as the node's limit of tokens has room for."""
    if run.services.retriever is None:
        raise NodeFailed("there is no knowledge base")
    question = "\n".join(strings_of(run.inputs.get("userChatInput")))
    quotes: list[dict[str, Value]] = []
    for collection in _collections(run) if question.strip() else []:
        found = await run.services.retriever.retrieve(
            run.app.session.turn.principal,
            collection,
            question,
            by_s=run.services.clock.monotonic() + run.services.config.search_s,
            limit=_PASSAGES,
        )
        quotes += [_quote(passage, rank) for rank, passage in enumerate(found.passages)]
    quotes.sort(key=lambda one: -float(text_of(one["score"])))
    kept = _fitting(quotes, whole_number_of(run.inputs.get("limit"), _TOKENS))
    listed: list[Value] = list(kept)
    return Result(data={"quoteQA": listed}, response={"query": question, "quoteList": listed})


def _collections(run: NodeRun) -> list[CollectionId]:
    """Those that stand for the node's datasets; an export names none, then the node's own, or the default."""
    known = run.services.collections
    listed = run.inputs.get("datasets")
    chosen = dicts_of([listed] if isinstance(listed, dict) else listed)
    named = [string_of(one.get("datasetId")) for one in chosen]
    found = [known[name] for name in named if name in known]
    return list(dict.fromkeys(found)) or [known.get(run.node.id, DEFAULT_COLLECTION)]


def _quote(passage: Passage, rank: int) -> dict[str, Value]:
    return {
        "id": passage.id,
        "q": passage.text,
        "a": "",
        "sourceName": passage.source,
        "sourceId": passage.document_id,
        "chunkIndex": rank,
        "score": passage.score,
    }


def _fitting(quotes: list[dict[str, Value]], limit_tokens: int) -> list[dict[str, Value]]:
    """The first ones that have room; always the first of all."""
    kept: list[dict[str, Value]] = []
    left = limit_tokens
    for quote in quotes:
        left -= len(text_of(quote.get("q"))) + len(text_of(quote.get("a")))
        if kept and left < 0:
            break
        kept.append(quote)
    return kept


async def join(run: NodeRun) -> Result:
    """Several lists of quotes as one, by reciprocal rank; a quote that stands in two counts in both."""
    held = run.inputs.get("system_datasetQuoteList")
    lists = [*held.values()] if isinstance(held, dict) else held if isinstance(held, list) else []
    own = [run.inputs.get(one.key) for one in run.node.inputs if one.is_dynamic]
    scores: dict[str, float] = defaultdict(float)
    quotes: dict[str, dict[str, Value]] = {}
    for listed in [*lists, *own]:
        for rank, quote in enumerate(dicts_of(listed)):
            name = string_of(quote.get("id")) or compact_json(quote)
            scores[name] += 1 / (_RANK_BIAS + rank + 1)
            quotes.setdefault(name, quote)
    ordered = sorted(quotes, key=lambda name: -scores[name])
    limit = whole_number_of(run.inputs.get("limit"), _TOKENS)
    joined: list[Value] = list(_fitting([quotes[name] for name in ordered], limit))
    return Result(data={"quoteQA": joined}, response={"quoteList": joined})


async def expand(run: NodeRun) -> Result:
    """The question in ways that search understands, as a JSON list; the question alone without a model."""
    question = string_of(run.inputs.get("userChatInput"))
    model = model_of(run)
    reply = None
    if model is not None and question.strip():
        system = filled("expand", background=string_of(run.inputs.get("systemPrompt")))
        messages = messages_of(system, window(run.inputs.get("history"), run.app.history), question)
        reply = await ask_or_none(run, model, Prompt(messages=messages, max_tokens=300, temperature=0.0))
    further = _questions(reply.text) if reply is not None else []
    asked: list[Value] = list(dict.fromkeys([question, *further]))
    told = reply.told(model) if reply is not None and model is not None else {}
    return Result(
        data={"system_text": compact_json(asked)}, response={**told, "query": question, "textOutput": ""}
    )


def _questions(text: str) -> list[str]:
    start, end = text.find("["), text.rfind("]") + 1
    if start < 0 or not looks_like_json(text[start:end]):
        return []
    try:
        return strings_of(read_json(text[start:end]))
    except ValueError:
        return []
