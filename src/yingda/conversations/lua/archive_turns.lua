-- Turns of a conversation: ARGV is its name, the user of the key, offset, limit. Answers {total, turns with their
-- journals, newest first}. The open turn is not in the history yet; one that Redis let expire is forgotten.
local prefix, offset, limit = KEYS[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local id = visible(prefix, ARGV[1], ARGV[2])
if not id then return {0, {}} end
local history = prefix .. 'h:' .. id
local ids = redis.call('ZREVRANGE', history, 0, -1)
local open = redis.call('HGET', prefix .. 'c:' .. id, 'open_turn')
if open then table.insert(ids, 1, open) end

local kept = {}
for _, turn_id in ipairs(ids) do
    if redis.call('EXISTS', prefix .. 't:' .. turn_id) == 1 then
        kept[#kept + 1] = turn_id
    else
        redis.call('ZREM', history, turn_id)
    end
end
local rows = {}
for n = offset + 1, math.min(#kept, offset + limit) do
    local t = prefix .. 't:' .. kept[n]
    rows[#rows + 1] = {redis.call('HMGET', t, 'id', 'conversation_id', 'tenant', 'key_id', 'roles', 'key_user_id',
        'dialect', 'number', 'text', 'started_at', 'ending', 'lines', 'user_id'),
        redis.call('HGETALL', prefix .. 'j:' .. kept[n])}
end
return {#kept, rows}
