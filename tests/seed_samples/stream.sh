# -N 关闭缓冲,保证 token 实时下发到终端
curl -N -X POST http://localhost:8000/api/v1/chat/stream \
  -H "Content-Type: application/json" \
  -H "X-API-Key: ${API_KEY}" \
  -d '{"message": "介绍一下你们的退换货政策"}'
