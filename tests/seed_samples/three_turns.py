# 多轮对话示例:复用 session_id 续接上下文
session_id = None
questions = [
    "我想查询订单状态",       # 第 1 轮
    "订单号是 ORD-2024-001",  # 第 2 轮:承接上文"订单"
    "那它的物流到哪了?",     # 第 3 轮:上下文指代 ORD-2024-001
]

for question in questions:
    resp = httpx.post(
        "http://localhost:8000/api/v1/chat",
        headers={"X-API-Key": ""},
        json={"message": question, "session_id": session_id},
        timeout=30.0,
    )
    data = resp.json()
    session_id = data["session_id"]  # 始终回传,保持同一会话
    print(f"[轮次 {data['data']['turn_count']}] {data['reply']}")
