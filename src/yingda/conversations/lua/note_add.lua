-- Keeps what an operator said: ARGV is the conversation, the tenant and user of the key, the note, its time,
-- seconds of life. Answers nothing where there is no such conversation.
local prefix, id, at = KEYS[1], ARGV[1], ARGV[5]
if not is_seen(prefix, id, ARGV[2], ARGV[3]) then return false end
local c, notes = prefix .. 'c:' .. id, prefix .. 'm:' .. id
redis.call('RPUSH', notes, ARGV[4])
count_messages(prefix, id, 0)
redis.call('HINCRBY', c, 'message_count', 1)
local held, was = is_held(prefix, id), redis.call('HMGET', c, 'last_active_at', 'name')
if tonumber(at) > tonumber(was[1]) then
    redis.call('HSET', c, 'last_active_at', at)
    redis.call('ZADD', prefix .. 'idle', 'XX', at, id)
end
live({notes, c, prefix .. 'n:' .. was[2]}, held, ARGV[6])
shelve(prefix, id)
return 1
