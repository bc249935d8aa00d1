-- All that operators said: ARGV is the conversation, the tenant and user of the key. Answers nothing where there
-- is no such conversation.
if not is_seen(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then return false end
return redis.call('LRANGE', KEYS[1] .. 'm:' .. ARGV[1], 0, -1)
