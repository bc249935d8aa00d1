import time
import httpx

query = "退换货政策是什么?"

# 首次查询:未命中,走完整编排(约 1-2 秒)
t1 = time.perf_counter()
httpx.post("http://localhost:8000/api/v1/chat",
           headers={"X-API-Key": ""}, json={"message": query})
print(f"首次:{(time.perf_counter()-t1)*1000:.0f}ms")

# 再次查询:命中缓存(首 Token <30ms,整体 <50ms)
t2 = time.perf_counter()
httpx.post("http://localhost:8000/api/v1/chat",
           headers={"X-API-Key": ""}, json={"message": query})
print(f"命中:{(time.perf_counter()-t2)*1000:.0f}ms")
