"""Arguments that callers send in the query, in a JSON body, or in both."""

from __future__ import annotations

import json
from typing import Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from yingda.errors import InvalidRequest

Body = TypeVar("Body", bound=BaseModel)


class Named(Generic[Body]):
    """A route's dependency: the arguments, those of the body first; raises InvalidRequest.

    FastGPT's own clients, its documentation and its handlers differ in where they put them.
    """

    def __init__(self, model: type[Body]) -> None:
        self._model = model

    async def __call__(self, request: Request) -> Body:
        try:
            body = json.loads(await request.body() or b"{}")
        except (ValueError, RecursionError):
            raise InvalidRequest("the body is no JSON") from None
        if not isinstance(body, dict):
            raise InvalidRequest("the body is no object")
        given = {key: value for key, value in body.items() if value is not None}
        try:
            return self._model.model_validate({**request.query_params, **given})
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidRequest(first["msg"], field=str(first["loc"][0])) from None
