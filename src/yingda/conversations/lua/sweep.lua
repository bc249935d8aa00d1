-- Deletes conversations idle since before ARGV[1], at most ARGV[2]. The set `idle` holds neither open nor held
-- ones. Answers {looked at, deleted}: some may have expired by themselves.
local prefix = KEYS[1]
local ids = redis.call('ZRANGEBYSCORE', prefix .. 'idle', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
local deleted = 0
for _, id in ipairs(ids) do
    local c, history = prefix .. 'c:' .. id, prefix .. 'h:' .. id
    for _, turn_id in ipairs(redis.call('ZRANGE', history, 0, -1)) do
        redis.call('DEL', prefix .. 't:' .. turn_id)
    end
    local name = redis.call('HGET', c, 'name')
    if name then redis.call('DEL', prefix .. 'n:' .. name) end
    deleted = deleted + redis.call('DEL', c)
    redis.call('DEL', history)
    redis.call('ZREM', prefix .. 'idle', id)
end
return {#ids, deleted}
