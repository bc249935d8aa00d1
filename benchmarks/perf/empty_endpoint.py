"""The empty endpoint: the same framework and the same models as the chat route, and nothing behind them."""

from __future__ import annotations

from fastapi import FastAPI

from yingda.dialects.helpdesk.wire import ChatData, ChatRequest, ChatResponse

app = FastAPI()


@app.post("/api/v1/chat", response_model=ChatResponse)
async def chat(body: ChatRequest) -> ChatResponse:
    """Always the same answer."""
    return ChatResponse(session_id="s", reply=REPLY, status="ok", data=DATA)


REPLY = "收到商品之日起7天内可以申请退货，商品应当完好，吊牌和配件齐全。"
DATA = ChatData(
    intent="knowledge_qa",
    sources=["returns.md"],
    escalate_to_human=False,
    escalation_card=None,
    turn_count=1,
    failed_attempts=0,
    emotion_score=1.0,
    sub_tasks=[],
    queue_position=None,
    turn_id="0" * 32,
    citations=[{"n": 1, "source": "returns.md", "quote": REPLY, "start": 0, "end": len(REPLY)}],
    session_restarted=False,
    from_cache=True,
    extractive=True,
    degraded=[],
)
