"""What an answer says of the documents that it rests on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.e2e.docqa.wire import KEY, Asker
from tests.e2e.played_model import eventually
from tests.server_process import StartServer

PAGE = "<html><head><title>开放时间</title></head><body><p>展厅每天 8 点 45 分开放。</p></body></html>"


class Site(BaseHTTPRequestHandler):
    """One page, and no robots.txt."""

    def do_GET(self) -> None:
        body = PAGE.encode()
        self.send_response(200 if self.path == "/hours" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_reference_says_how_its_document_came_in(
    start_server: StartServer, asker: Callable[..., Asker], site: str
) -> None:
    server = start_server(API_KEY=KEY, OUTBOUND_ALLOWED_HOSTS="127.0.0.1")
    caller = asker(server)
    file = caller.add("退货.md", "# 退货\n\n签收后 37 天内可以退货。\n")
    server.ingest("物流.md", "# 物流\n\n订单在 24 小时内发货。\n", KEY)
    batch = [
        {"doc_type": "url", "doc_url": f"{site}/hours", "doc_name": "展厅"},
        {"doc_type": "text", "doc_name": "保修", "doc_text": "整机保修期为两年。"},
        {"doc_type": "qa", "question": "可以开发票吗？", "answer": "可以开电子发票。"},
    ]
    added = caller.call("add_ctai_doc_batch", ctai_doc_list=batch)["ctai_doc_result_list"]
    page, text, pair = (one["ctai_doc"]["ctdoc_id"] for one in added)
    for document_id in (page, text, pair):
        assert eventually(lambda document_id=document_id: caller.state(document_id) == "ready")
    asked = {
        "签收后几天内可以退货？": ("file", "", f"/v1/ctai/file/{file}"),
        "订单多久发货？": ("file", "", ""),
        "展厅每天几点开放？": ("url", f"{site}/hours", f"/v1/ctai/file/{page}"),
        "整机保修期多久？": ("text", "", f"/v1/ctai/file/{text}"),
        "可以开发票吗？": ("qa", "", f"/v1/ctai/file/{pair}"),
    }
    for number, (question, told) in enumerate(asked.items()):
        (reference,) = caller.stream(question, f"references-{number}").stop.data["ref_doc_list"]
        assert (question, told) == (
            question,
            (reference["doc_type"], reference["doc_url"], reference["file_url"]),
        )
        if reference["file_url"]:
            assert caller.http.get(reference["file_url"]).status_code == 200
