"""Text to unit vectors through any endpoint that speaks the common `/embeddings` form."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import numpy as np
import orjson
from cachetools import LRUCache
from numpy.typing import NDArray

from yingda.errors import Unavailable

Vectors = NDArray[np.float32]
"""float32[n, dimension], every row of length 1; one vector is float32[dimension]."""

_BAD_INPUT = frozenset({400, 413, 422})
_PASSING = frozenset({408, 409, 425, 429})


class EmbeddingUnavailable(Unavailable):
    """The endpoint is down, late, overloaded or talks nonsense; another try may help."""

    code = "embedding_unavailable"


class EmbeddingMisconfigured(EmbeddingUnavailable):
    """Key, address, model or dimension are wrong: no retry helps until somebody changes a setting."""

    code, retryable = "embedding_misconfigured", False


class EmbeddingRefused(EmbeddingUnavailable):
    """The endpoint is well but does not take this input (too long, say): says nothing about other inputs."""

    code, retryable = "embedding_refused", False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedConfig:
    """Where the model is and how hard to press it.

    `dimension` None accepts the first reply's and holds all later ones to it; a number is also asked of the
    endpoint. `question_prefix` and `document_prefix` are for models trained with instructions. Inputs are cut
    at `input_chars`, because many endpoints refuse a whole batch for one long text.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    dimension: int | None = None
    question_prefix: str = ""
    document_prefix: str = ""
    input_chars: int = 6000
    batch_count: int = 32
    document_calls: int = 4
    question_calls: int = 32
    attempts: int = 4
    timeout_s: float = 30.0
    backoff_s: float = 0.5
    backoff_ceiling_s: float = 10.0
    cached_questions: int = 2048
    reply_bytes: int = 32 * 1024 * 1024


class Embedder:
    """Documents are embedded patiently, questions once and quickly; the two never queue behind each other.

    The session is shared and owned by the caller. A call that is cancelled or timed out closes its socket.
    """

    def __init__(self, http: aiohttp.ClientSession, config: EmbedConfig) -> None:
        self._http = http
        self._config = config
        self._dimension = config.dimension
        self._questions: LRUCache[str, Vectors] = LRUCache(max(1, config.cached_questions))
        self._document_slots = asyncio.Semaphore(config.document_calls)
        self._question_slots = asyncio.Semaphore(config.question_calls)
        self._random = random.SystemRandom()

    @property
    def model(self) -> str:
        """The name that vectors of this embedder are stored under."""
        return self._config.model

    @property
    def dimension(self) -> int | None:
        """As configured or as first seen; None before either."""
        return self._dimension

    async def documents(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order; all or nothing. Raises `EmbeddingUnavailable` after the last attempt."""
        size = self._config.batch_count
        prefix = self._config.document_prefix
        batches = [[prefix + text for text in texts[at : at + size]] for at in range(0, len(texts), size)]
        if not batches:
            return np.empty((0, self._dimension or 0), np.float32)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._patiently(batch)) for batch in batches]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return np.concatenate([task.result() for task in tasks])

    async def question(self, text: str, *, timeout_s: float) -> Vectors:
        """The question's vector, from memory or by one single call; raises `EmbeddingUnavailable`."""
        if (known := self.recall(text)) is not None:
            return known
        try:
            async with asyncio.timeout(timeout_s), self._question_slots:
                vector: Vectors = (await self._call([self._config.question_prefix + text]))[0]
        except TimeoutError:
            raise EmbeddingUnavailable("the embedding endpoint was too slow for a question") from None
        self._questions[text] = vector
        return vector

    def recall(self, text: str) -> Vectors | None:
        """The vector of a question asked before, if it is still remembered; costs no call."""
        return self._questions.get(text)

    @property
    def kept(self) -> tuple[int, int]:
        """How many questions are remembered, and the bytes of their vectors."""
        return len(self._questions), sum(vector.nbytes for vector in self._questions.values())

    def forget(self) -> int:
        """Forget the questions; how many there were."""
        count = len(self._questions)
        self._questions.clear()
        return count

    async def _patiently(self, batch: list[str]) -> Vectors:
        for attempt in range(1, self._config.attempts + 1):
            try:
                async with self._document_slots, asyncio.timeout(self._config.timeout_s):
                    return await self._call(batch)
            except TimeoutError:
                failure = EmbeddingUnavailable("the embedding endpoint did not answer in time")
            except EmbeddingUnavailable as unavailable:
                failure = unavailable
            if not failure.retryable or attempt == self._config.attempts:
                break
            await asyncio.sleep(self._pause_s(attempt, failure.retry_after_s))
        raise failure

    def _pause_s(self, attempt: int, asked_s: float | None) -> float:
        """Full jitter over a doubling span, at least what the endpoint asked for, at most the ceiling."""
        ceiling_s = self._config.backoff_ceiling_s
        span_s = min(ceiling_s, self._config.backoff_s * 2 ** (attempt - 1))
        return min(ceiling_s, max(asked_s or 0.0, self._random.uniform(0.0, span_s)))

    async def _call(self, inputs: list[str]) -> Vectors:
        vectors = vectors_from_reply(await self._post(inputs), len(inputs))
        found = vectors.shape[1]
        if self._dimension is None:
            self._dimension = found
        if found != self._dimension:
            raise EmbeddingMisconfigured(f"vectors have {found} dimensions, expected {self._dimension}")
        return vectors

    async def _post(self, inputs: list[str]) -> bytes:
        config = self._config
        body: dict[str, object] = {
            "model": config.model,
            "input": [text[: config.input_chars] for text in inputs],
        }
        if config.dimension is not None:
            body["dimensions"] = config.dimension
        headers = {"Content-Type": "application/json"}
        if config.api_key:
            headers["Authorization"] = f"Bearer {config.api_key}"
        url = config.base_url.rstrip("/") + "/embeddings"
        try:
            # A redirect would carry key and text to an address nobody configured.
            async with self._http.post(
                url, data=orjson.dumps(body), headers=headers, allow_redirects=False
            ) as response:
                _check_status(response)
                return await _read(response, config.reply_bytes)
        except (aiohttp.ClientError, OSError) as error:
            raise EmbeddingUnavailable(f"the embedding endpoint failed: {type(error).__name__}") from error


def vectors_from_reply(body: bytes, count: int) -> Vectors:
    """Unit vectors in the order of the inputs; raises `EmbeddingUnavailable` unless there are `count`."""
    try:
        items = orjson.loads(body)["data"]
        order = [item.get("index", position) for position, item in enumerate(items)]
        by_index = {index: item["embedding"] for index, item in zip(order, items, strict=True)}
        raw = np.array([by_index[index] for index in range(count)], np.float64)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EmbeddingUnavailable("the embedding endpoint sent no usable vectors") from error
    if len(items) != count or raw.ndim != 2:
        raise EmbeddingUnavailable(f"the embedding endpoint sent {len(items)} vectors for {count} texts")
    with np.errstate(all="ignore"):
        unit: Vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    if raw.shape[1] == 0 or not np.isfinite(unit).all():
        raise EmbeddingUnavailable("the embedding endpoint sent vectors without a direction")
    return unit


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == 200:
        return
    message = f"the embedding endpoint answered {status}"
    if status in _BAD_INPUT:
        raise EmbeddingRefused(message)
    if status >= 500 or status in _PASSING:
        raise EmbeddingUnavailable(message, retry_after_s=_seconds(response.headers.get("Retry-After", "")))
    raise EmbeddingMisconfigured(message)


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None


async def _read(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    """The whole body; a reply beyond the limit is a fault, not a reason to run out of memory."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > limit_bytes:
            raise EmbeddingUnavailable("the embedding endpoint sent too long a reply")
    return bytes(body)
