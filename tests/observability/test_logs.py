"""Every line is one JSON object, masked, whatever was logged."""

from __future__ import annotations

import json
import logging

from yingda.observability.logs import JsonLines


def line(message: str, *args: object, exc_info: object = None) -> dict:
    record = logging.LogRecord("yingda", logging.WARNING, __file__, 1, message, args, exc_info)
    return json.loads(JsonLines().format(record))


def test_messages_and_tracebacks_are_masked():
    try:
        raise ValueError("call 13812345678")
    except ValueError as error:
        told = line("user %s\nsaid", "13812345678", exc_info=(ValueError, error, error.__traceback__))
    assert (told["message"], told["level"], told["logger"]) == ("user 138****5678\nsaid", "warning", "yingda")
    assert "138****5678" in told["traceback"]
    assert "13812345678" not in told["traceback"]
