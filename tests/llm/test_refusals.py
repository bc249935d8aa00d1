"""Statuses and Retry-After become failures."""

import pytest

from yingda.llm import failures
from yingda.llm.refusals import failure_from_status, retry_after_from_headers


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (302, failures.ModelMisconfigured),
        (400, failures.ModelRejected),
        (401, failures.ModelMisconfigured),
        (402, failures.ModelMisconfigured),
        (408, failures.ModelFailed),
        (422, failures.ModelRejected),
        (429, failures.ModelRateLimited),
        (503, failures.ModelFailed),
    ],
)
def test_tells_causes_apart(status, cause):
    assert type(failure_from_status("main", status, {}, b"")) is cause


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"error": {"code": "model_not_found", "message": "sk-1"}}',
            "'main' answered 404 (model_not_found)",
        ),
        (b'{"error": {"code": "sk_live_key"}}', "'main' answered 404"),
        (b'{"error": "text"}', "'main' answered 404"),
        (b"<html>", "'main' answered 404"),
    ],
)
def test_quotes_known_codes_only(body, message):
    assert failure_from_status("main", 404, {}, body).message == f"model endpoint {message}"


DATE = "Mon, 05 Jan 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 05 Jan 2026 09:00:20 GMT", "Date": DATE}, 20.0),
        ({"Retry-After": "Mon, 05 Jan 2026 08:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 05 Jan 2026 09:00:20 GMT"}, None),
    ],
)
def test_reads_retry_after(headers, seconds):
    assert retry_after_from_headers(headers) == seconds
