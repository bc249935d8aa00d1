import httpx
from sseclient import SSEClient

# sseclient 自动处理 event/data 解析,代码更简洁
resp = httpx.post(
    "http://localhost:8000/api/v1/chat/stream",
    headers={"Content-Type": "application/json", "X-API-Key": ""},
    json={"message": "介绍一下你们的退换货政策"},
    timeout=60.0,
)
client = SSEClient(resp.iter_lines())
for event in client.events():
    data = json.loads(event.data)
    if event.event == "token":
        print(data["content"], end="", flush=True)
    elif event.event == "done":
        print("\n完整回复:", data["answer"])
        break
