-- Closes an open turn; its conversation changes only where no newer turn took it over. Optional arguments are
-- "-" for none, or "+" and the value. Answers whether the turn is known.
local prefix = KEYS[1]
local turn_id, id, tenant, at, ending, answer, lines = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local failed_attempts, life_s = ARGV[8], ARGV[9]
local t, c, history = prefix .. 't:' .. turn_id, prefix .. 'c:' .. id, prefix .. 'h:' .. id

local turn = redis.call('HMGET', t, 'tenant', 'ending', 'owner', 'number')
if turn[1] ~= tenant then return 0 end
if turn[2] then return 1 end

redis.call('HSET', t, 'ending', ending, 'finished_at', at, 'answer', answer, 'lines', lines)
redis.call('ZREM', prefix .. 'open', turn_id)
redis.call('SREM', prefix .. 'o:' .. turn[3], turn_id)
redis.call('DEL', prefix .. 'j:' .. turn_id)
redis.call('ZADD', history, turn[4], turn_id)

local was = redis.call('HMGET', c, 'open_turn', 'handoff', 'last_active_at', 'name')
if was[1] == turn_id then
    redis.call('HDEL', c, 'open_turn')
    redis.call('HSET', c, 'failed_attempts', failed_attempts)
    for n, field in ipairs({'intent', 'emotion_score', 'handoff'}) do
        local value = ARGV[9 + n]
        local is_held = field == 'handoff' and was[2] == 'assigned' -- an operator came first
        if value ~= '-' and not is_held then redis.call('HSET', c, field, string.sub(value, 2)) end
    end
    if tonumber(at) > tonumber(was[3]) then redis.call('HSET', c, 'last_active_at', at) end
end

local now = redis.call('HMGET', c, 'handoff', 'open_turn', 'last_active_at')
local held = is_held_status(now[1])
if was[4] and held ~= is_held_status(was[2]) then
    set_life(prefix, id, held, life_s)
else
    live(was[4] and {t, history, c, prefix .. 'n:' .. was[4], prefix .. 'm:' .. id} or {t, history}, held, life_s)
end
if was[4] then
    count_messages(prefix, id, answer == '' and 0 or 1)
    shelve(prefix, id)
end
if now[3] and not held and not now[2] then redis.call('ZADD', prefix .. 'idle', now[3], id) end
return 1
