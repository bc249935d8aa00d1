"""Errors of the dataqa paths as envelopes, with the moment they are told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.types import Scope

from yingda.dialects.dataqa.errors import error_data, told
from yingda.dialects.dataqa.wire import failure, stamped
from yingda.errors import AnswerError
from yingda.turns.clock import Clock
from yingda.web.respond import error_headers, json_response

PREFIX = "/api/v0/"


class Refusals:
    """The responder of all paths below `PREFIX`."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    def __call__(self, scope: Scope, error: AnswerError) -> Response:
        row = told(error)
        data = {**error_data(error), **stamped(self._clock.now(), self._zone)}
        body = failure(row.status, row.message, data)
        return json_response(body, row.status, error_headers(row.status, error))
