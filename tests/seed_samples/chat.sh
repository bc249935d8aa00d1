# 首次对话:不传 session_id,系统会自动创建
curl -X POST http://localhost:8000/api/v1/chat \
  -H "Content-Type: application/json" \
  -H "X-API-Key: ${API_KEY}" \
  -d '{
    "message": "我的订单什么时候发货?",
    "channel": "web",
    "user_id": "u_10086"
  }'
