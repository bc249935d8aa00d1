import httpx
import time

def chat_with_retry(message, max_retries=3):
    """带重试的对话调用,处理 429/5xx 临时性错误。"""
    for attempt in range(max_retries):
        resp = httpx.post(
            "http://localhost:8000/api/v1/chat",
            headers={"X-API-Key": ""},
            json={"message": message},
            timeout=30.0,
        )
        if resp.status_code == 200:
            return resp.json()
        if resp.status_code == 429 and attempt < max_retries - 1:
            # 指数退避:1s, 2s, 4s
            time.sleep(2 ** attempt)
            continue
        # 5xx 或重试耗尽,抛出供上层处理
        resp.raise_for_status()
    raise RuntimeError("对话请求重试耗尽")
