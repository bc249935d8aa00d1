"""A second, closer look at the best candidates through the common `/rerank` form."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
import orjson

from yingda.errors import Unavailable

_ROUNDING = 1e-3
"""Half-precision models overshoot 0 and 1 by this much; it does not make their scores logits."""


class RerankUnavailable(Unavailable):
    """The endpoint is down, late, refuses, or does not score each document exactly once."""

    code = "rerank_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankConfig:
    """Where the model is, and what its numbers mean.

    `scale` "auto" takes scores for probabilities until one lies outside 0..1; from then on the endpoint is
    known to send logits. Name the scale where you know it: a reply whose logits all happen to lie in 0..1
    cannot be told from probabilities.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    scale: Literal["auto", "probability", "logit"] = "auto"
    document_chars: int = 2000
    calls: int = 16
    reply_bytes: int = 4 * 1024 * 1024


class Reranker:
    """One call a question, never repeated; the session is shared and owned by the caller."""

    def __init__(self, http: aiohttp.ClientSession, config: RerankConfig) -> None:
        self._http = http
        self._config = config
        self._sends_logits = config.scale == "logit"
        self._slots = asyncio.Semaphore(config.calls)

    async def scores(self, question: str, documents: Sequence[str], *, timeout_s: float) -> list[float]:
        """One score a document, 0..1, in the order given. Raises `RerankUnavailable`, late included."""
        if not documents:
            return []
        try:
            async with asyncio.timeout(timeout_s), self._slots:
                body = await self._post(question, documents)
        except TimeoutError:
            raise RerankUnavailable("the rerank endpoint was too slow") from None
        return self._calibrated(scores_from_reply(body, len(documents)))

    def _calibrated(self, raw: list[float]) -> list[float]:
        within = all(-_ROUNDING <= score <= 1 + _ROUNDING for score in raw)
        if not within and self._config.scale == "auto":
            self._sends_logits = True
        if self._sends_logits:
            return [logistic(score) for score in raw]
        if not within:
            raise RerankUnavailable("the rerank endpoint sent scores outside 0..1")
        return [min(1.0, max(0.0, score)) for score in raw]

    async def _post(self, question: str, documents: Sequence[str]) -> bytes:
        config = self._config
        body = {
            "model": config.model,
            "query": question,
            "documents": [text[: config.document_chars] for text in documents],
            "top_n": len(documents),
        }
        headers = {"Content-Type": "application/json"}
        if config.api_key:
            headers["Authorization"] = f"Bearer {config.api_key}"
        url = config.base_url.rstrip("/") + "/rerank"
        try:
            async with self._http.post(
                url, data=orjson.dumps(body), headers=headers, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise RerankUnavailable(f"the rerank endpoint answered {response.status}")
                return await _read(response, config.reply_bytes)
        except (aiohttp.ClientError, OSError) as error:
            raise RerankUnavailable(f"the rerank endpoint failed: {type(error).__name__}") from error


def scores_from_reply(body: bytes, count: int) -> list[float]:
    """Raw scores in the order of the documents; raises `RerankUnavailable` unless each has exactly one."""
    try:
        results = orjson.loads(body)["results"]
        by_index = {item["index"]: float(item["relevance_score"]) for item in results}
        scores = [by_index[index] for index in range(count)]
    except (ValueError, KeyError, TypeError) as error:
        raise RerankUnavailable("the rerank endpoint sent no usable scores") from error
    if len(results) != count or not all(map(math.isfinite, scores)):
        raise RerankUnavailable(f"the rerank endpoint sent {len(results)} scores for {count} documents")
    return scores


def logistic(logit: float) -> float:
    """1 / (1 + e^-logit), without overflow at either end."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1 + odds)


async def _read(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > limit_bytes:
            raise RerankUnavailable("the rerank endpoint sent too long a reply")
    return bytes(body)
