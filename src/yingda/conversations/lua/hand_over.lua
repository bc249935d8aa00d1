-- Sets the hand-off status if it still is as expected: ARGV is the conversation, the tenant and user of the key,
-- status, expected, seconds of life. Answers whether it was, nothing where there is no such conversation.
local prefix, id, status = KEYS[1], ARGV[1], ARGV[4]
if not is_seen(prefix, id, ARGV[2], ARGV[3]) then return false end
local c = prefix .. 'c:' .. id
local was = redis.call('HMGET', c, 'handoff', 'open_turn', 'last_active_at')
if (was[1] and '+' .. was[1] or '-') ~= ARGV[5] then return 0 end

if status == '-' then
    redis.call('HDEL', c, 'handoff')
    if was[1] then
        local whose = redis.call('HMGET', c, 'tenant', 'dialect')
        redis.call('SREM', prefix .. 's:' .. was[1] .. ':' .. scopes_of(whose[1], whose[2], nil), id)
    end
else
    redis.call('HSET', c, 'handoff', string.sub(status, 2))
end
local held = is_held(prefix, id)
set_life(prefix, id, held, ARGV[6])
shelve(prefix, id)
if held then
    redis.call('ZREM', prefix .. 'idle', id)
elseif not was[2] then
    redis.call('ZADD', prefix .. 'idle', was[3], id)
end
return 1
