"""What a caller may get wrong, told in the contract's words; the server stays well."""

from __future__ import annotations

import socket
import time

import pytest
from tests.e2e.wire import raw_of

KEY = "k-e2e"
WRONG_KEY = "无效或缺失的 API Key，请在请求头中提供 X-API-Key"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(start_server):
    """A server with a key and without documents."""
    return start_server(API_KEY=KEY)


@pytest.fixture
def caller(server, call):
    yield call(server, KEY)
    assert server.is_healthy()
    assert '"level":"error"' not in server.stderr


@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/chat/stream"])
@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", ["body"]),
        (b"{}", ["body", "message"]),
        (b"not json", ["body", 0]),
        (b"[1]", ["body"]),
        (b'{"message": ""}', ["body", "message"]),
        (b'{"message": null}', ["body", "message"]),
        (b'{"message": " \\n"}', ["body", "message"]),
        (b'{"message": 7}', ["body", "message"]),
        (b'{"message": "%b"}' % ("问" * 2001).encode(), ["body", "message"]),
        (b'{"message": "\\u0000"}', ["body", "message"]),
        (b'{"message": "\\ud800"}', ["body", "message"]),
        (b'{"message": "hi", "channel": "fax"}', ["body", "channel"]),
        (b'{"message": "hi", "session_id": "%b"}' % (b"s" * 129), ["body", "session_id"]),
        (b'{"message": "\xff\xfe"}', ["body", ""]),
        (b'{"message": "hi", "x": %b%b}' % (b"[" * 40, b"]" * 40), ["body", ""]),
    ],
)
def test_a_bad_body_is_422_and_says_where(caller, path, body, where):
    response = caller.http.post(path, content=body, headers=JSON)
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, where)


def test_2000_characters_outside_the_basic_plane_are_2000_characters(caller):
    assert caller.ask("😀" * 2000)["status"] == "ok"


@pytest.mark.parametrize("channel", ["web", "app", "wechat", "dingtalk", "api", None])
def test_known_channels_and_null_are_taken(caller, channel):
    said = caller.ask("你好", channel=channel, session_id=None, user_id=None, unknown_field=None)
    assert (said["data"]["intent"], said["data"]["turn_count"]) == ("chitchat", 1)


def test_text_with_broken_type_header_is_read_as_json(caller):
    body = '{"message": "你好"}'.encode()
    response = caller.http.post("/api/v1/chat", content=body, headers={"Content-Type": "text/plain"})
    assert response.status_code in (200, 422)


@pytest.mark.parametrize("key", [None, "", "wrong", "密钥".encode().decode("latin-1")])
def test_no_or_a_wrong_key_is_401(server, key):
    headers = {} if key is None else {"X-API-Key": key.encode("latin-1")}
    with server.client() as http:
        response = http.post("/api/v1/chat", json={"message": "hi"}, headers=headers)
    assert (response.status_code, response.json()) == (401, {"detail": WRONG_KEY})
    assert response.headers["WWW-Authenticate"] == "ApiKey"


@pytest.mark.parametrize("header", [{"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}])
def test_the_key_opens_in_either_header(server, header):
    with server.client() as http:
        assert http.post("/api/v1/chat", json={"message": "你好"}, headers=header).status_code == 200


@pytest.mark.parametrize(
    "body", [b" " * 1_100_000, (b" " * 1024 for _ in range(1100))], ids=["sized", "chunked"]
)
def test_an_endless_body_is_cut_off_at_its_limit(caller, body):
    assert caller.http.post("/api/v1/chat", content=body, headers=JSON).status_code == 413


def test_a_last_event_id_that_names_nothing_of_this_turn_starts_from_its_beginning(caller):
    frames = caller.frames("你好")
    turn_id = frames[0].data["turn_id"]
    for last in ("nonsense", "-3", f"{turn_id}-x", f"{'0' * 32}-2"):
        headers = {"Last-Event-ID": last}
        replayed = caller.http.get(f"/api/v1/chat/turns/{turn_id}/stream", headers=headers)
        assert replayed.content == raw_of(frames)


def test_an_upload_beyond_20_mib_is_refused(caller):
    files = {"file": ("big.txt", b"x" * (21 << 20))}
    response = caller.http.post("/api/v1/knowledge/ingest", files=files)
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("x.exe", b"MZ\x90\x00\x03\x00\x00\xff", 415),
        ("empty.md", b"", 422),
        ("broken.pdf", b"%PDF-1.7 no more", 422),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_told(caller, name, data, status):
    response = caller.http.post("/api/v1/knowledge/ingest", files={"file": (name, data)})
    assert response.status_code == status, response.text
    assert response.json()["detail"]


def test_headers_beyond_64_kib_are_refused(server):
    head = b"GET /api/v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\n" + b"x: " + b"y" * 70_000
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head)
        assert line.recv(64).startswith(b"HTTP/1.1 431 ")


def test_a_body_that_stops_coming_is_408(server):
    head = f"POST /api/v1/chat HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {KEY}\r\n"
    head += "content-type: application/json\r\ncontent-length: 30\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head.encode() + b'{"message"')
        time.sleep(0.1)
        line.sendall(b": ")
        assert line.recv(64).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/chat/turns/none/stream", 422),
        (f"/api/v1/chat/turns/{'0' * 32}/stream", 404),
        (f"/api/v1/chat/turns/{'0' * 32}/citations/1", 404),
        ("/api/v1/nowhere", 404),
        ("/api/v1/chat", 405),
        ("/static/../../settings.py", 404),
        ("/static/%2e%2e/%2e%2e/settings.py", 404),
    ],
)
def test_what_does_not_exist(caller, path, status):
    assert caller.http.get(path).status_code == status


def test_the_second_client_over_the_rate_waits_and_is_told_how_long(start_server, call):
    caller = call(start_server(RATE_LIMIT_ENABLED="true", RATE_LIMIT_PER_MINUTE="3"))
    statuses = [caller.post("你好").status_code for _ in range(3)]
    refused = caller.post("你好")
    body = refused.json()
    assert (statuses, refused.status_code) == ([200, 200, 200], 429)
    assert body == {"detail": "请求过于频繁，请稍后再试", "retry_after": body["retry_after"]}
    assert int(refused.headers["Retry-After"]) == body["retry_after"] >= 1
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert caller.http.get("/api/v1/health").status_code == 200
