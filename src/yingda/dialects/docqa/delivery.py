"""Which answers have not reached their caller yet: for repeats after a broken connection (docqa 5.3)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from yingda.dialects.docqa.encode import RETRY_LINE, DocqaDialect, DocqaEncoder
from yingda.turns.clock import Clock
from yingda.turns.live import LiveTurn
from yingda.turns.types import TurnId
from yingda.web.stream import HEADERS, EventStream, StreamWatch

Asked = tuple[str, str, str, str, str]
"""What a question and its repeats have in common: tenant, session, user, form, and a digest of all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryConfig:
    """`window_s`: how long after a broken connection a repeat still means the earlier answer."""

    window_s: float = 60.0
    most_answers: int = 10_000


DEFAULTS = DeliveryConfig()


@dataclass(slots=True)
class _Underway:
    asked: Asked
    broken_at_s: float | None = None


class Deliveries:
    """Answers that are on their way, or that broke off before their stop was sent; of this process.

    Beyond `most_answers` the oldest are forgotten: their repeat is a new question.
    """

    def __init__(self, clock: Clock, config: DeliveryConfig = DEFAULTS) -> None:
        self._clock = clock
        self._config = config
        self._underway: OrderedDict[TurnId, _Underway] = OrderedDict()
        self._by_question: dict[Asked, TurnId] = {}

    def begun(self, asked: Asked, turn_id: TurnId) -> None:
        """The answer to this question is about to be sent; one answer is owed to the latest form of it."""
        self.delivered(turn_id)
        self._underway[turn_id] = _Underway(asked)
        self._by_question[asked] = turn_id
        if len(self._underway) > self._config.most_answers:
            self.delivered(next(iter(self._underway)))

    def delivered(self, turn_id: TurnId) -> None:
        """Its stop was sent: the same question again is a new one."""
        underway = self._underway.pop(turn_id, None)
        if underway is not None and self._by_question.get(underway.asked) == turn_id:
            del self._by_question[underway.asked]

    def broken(self, turn_id: TurnId) -> None:
        """A reader left; nothing happens where the stop was sent."""
        if (underway := self._underway.get(turn_id)) is not None:
            underway.broken_at_s = self._clock.monotonic()

    def of(self, asked: Asked) -> TurnId | None:
        """The answer that a repeat of this question means."""
        turn_id = self._by_question.get(asked)
        if turn_id is None:
            return None
        broken_at_s = self._underway[turn_id].broken_at_s
        if broken_at_s is not None and self._clock.monotonic() - broken_at_s > self._config.window_s:
            self.delivered(turn_id)
            return None
        return turn_id

    def newest(self, tenant: str, session_id: str) -> TurnId | None:
        """The latest answer of a session that is under way."""
        return next(
            (turn for turn, one in reversed(self._underway.items()) if one.asked[:2] == (tenant, session_id)),
            None,
        )


class BrokenOff(Response):
    """A stream that breaks at once, which tells a client to come again in a while."""

    def __init__(self) -> None:
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Left unfinished on purpose: the server then cuts the connection, and an end in order means "done".
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": RETRY_LINE, "more_body": True})


class DeliveredStream(Response):
    """A live turn as packets from number `skip` on; tells whether the last one was sent."""

    def __init__(
        self, live: LiveTurn, dialect: DocqaDialect, watch: StreamWatch, deliveries: Deliveries, skip: int = 0
    ) -> None:
        self.background = None
        self._turn_id = live.turn_id
        self._encoder: DocqaEncoder = dialect.encoder()
        self._stream = EventStream(live, self._encoder, dialect.keep_alive, watch, skip)
        self._deliveries = deliveries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", self._turn_id.encode())]
            await send(message)
            if self._encoder.has_stopped:
                self._deliveries.delivered(self._turn_id)

        try:
            await self._stream(scope, receive, noted)
        finally:
            self._deliveries.broken(self._turn_id)
