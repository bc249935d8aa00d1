import httpx

# 通过 session_id 续接多轮对话,缺失时由服务端自动创建
resp = httpx.post(
    "http://localhost:8000/api/v1/chat",
    headers={
        "Content-Type": "application/json",
        "X-API-Key": "",  # 开发模式留空
    },
    json={
        "message": "我的订单什么时候发货?",
        "channel": "web",
        "user_id": "u_10086",
    },
    timeout=30.0,
)
data = resp.json()
# 保存 session_id 以便后续多轮对话续接
session_id = data["session_id"]
print(data["reply"])
print("命中来源:", data["data"]["sources"])
