-- Deletes conversations idle since before ARGV[1], at most ARGV[2]. The set `idle` holds neither open nor held
-- ones. Answers {looked at, deleted}: some may have expired by themselves.
local prefix = KEYS[1]
local ids = redis.call('ZRANGEBYSCORE', prefix .. 'idle', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
local deleted = 0
for _, id in ipairs(ids) do deleted = deleted + delete_conversation(prefix, id) end
return {#ids, deleted}
