-- Admits a turn: KEYS[1] is the prefix whose hash tag all keys share. Optional arguments are "-" for none, or
-- "+" and the value. Answers {outcome, the conversation as it was, number, history newest first, earlier turn,
-- what operators said} or {"fresh" or "restarted", whether the name asked for is the new conversation's}.
local prefix = KEYS[1]
local turn_id, fresh_id, tenant, key_id, roles = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key_user, external, dialect, channel, owner_user = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local text, at, owner, lease_until, idle_us = ARGV[11], ARGV[12], ARGV[13], ARGV[14], ARGV[15]
local history_turns, scope, fingerprint, key_life_s, life_s = ARGV[16], ARGV[17], ARGV[18], ARGV[19], ARGV[20]
local fresh_name, key_expires_at, adopts = ARGV[21], ARGV[22], ARGV[23]

local function conversation_of(id)
    return redis.call('HMGET', prefix .. 'c:' .. id, 'id', 'external_id', 'dialect', 'channel', 'user_id',
        'turn_count', 'failed_attempts', 'intent', 'emotion_score', 'handoff', 'created_at', 'last_active_at',
        'open_turn')
end

local function history_before(id, number)
    local found = {}
    if tonumber(history_turns) < 1 then return found end
    local ids = redis.call('ZREVRANGEBYSCORE', prefix .. 'h:' .. id, '(' .. number, '-inf', 'LIMIT', 0, history_turns)
    for _, earlier in ipairs(ids) do
        local turn = redis.call('HMGET', prefix .. 't:' .. earlier, 'text', 'started_at', 'answer', 'finished_at')
        if turn[1] then found[#found + 1] = turn end -- the oldest turns of a long conversation expire before it
    end
    return found
end

local function newest_notes(id)
    if tonumber(history_turns) < 1 then return {} end
    return redis.call('LRANGE', prefix .. 'm:' .. id, -history_turns, -1)
end

-- Times have 16 digits: compared as numbers, but kept as the text they came as, since Lua would print them rounded.
local key = scope ~= '-' and prefix .. 'i:' .. scope or nil
if key then
    local earlier = redis.call('HMGET', key, 'turn_id', 'fingerprint', 'expires_at')
    if earlier[1] and tonumber(earlier[3]) > tonumber(at) then
        local turn = redis.call('HMGET', prefix .. 't:' .. earlier[1], 'conversation_id', 'number')
        if turn[1] then
            if earlier[2] ~= fingerprint then return {'mismatch'} end
            return {'repeated', conversation_of(turn[1]), tonumber(turn[2]),
                history_before(turn[1], turn[2]), earlier[1], newest_notes(turn[1])}
        end
    end
end

local outcome, id, before, number, history, user, held = 'fresh', fresh_id, {}, 1, {}, owner_user, false
local adopted, loser = adopts ~= '-', nil
if external ~= '-' then
    local known = redis.call('GET', prefix .. 'n:' .. external)
    local was = known and conversation_of(known)
    local is_known = was and was[1]
    if is_known or not adopted then outcome = 'restarted' end
    if is_known and not (key_user == '-' or (was[5] and key_user == '+' .. was[5])) then
        adopted = false
    elseif is_known then
        if was[13] then
            local lease = redis.call('HMGET', prefix .. 't:' .. was[13], 'ending', 'lease_until')
            if not lease[1] and lease[2] and tonumber(lease[2]) > tonumber(at) then return {'busy'} end
        end
        held = was[10] == 'pending' or was[10] == 'assigned'
        if held or tonumber(at) - tonumber(was[12]) <= tonumber(idle_us) then
            outcome, id, before, number = 'continued', known, was, tonumber(was[6]) + 1
            history = history_before(id, number)
            user = was[5] and '+' .. was[5] or '-'
        elseif adopted then
            loser = known
        end
    end
end

-- Its id is the name left to it, unless that is the very name it loses, or has been adopted by another.
local function release_name(loser)
    local scope_of_names = string.sub(fresh_name, 1, -#(#fresh_id .. '.' .. fresh_id) - 1)
    local left = loser
    local name = scope_of_names .. #left .. '.' .. left
    if redis.call('EXISTS', prefix .. 'n:' .. name) == 1 then
        left = loser .. '~' .. fresh_id
        name = scope_of_names .. #left .. '.' .. left
    end
    local old = prefix .. 'c:' .. loser
    redis.call('HSET', old, 'external_id', left, 'name', name)
    redis.call('SET', prefix .. 'n:' .. name, loser, 'PX', math.max(1, redis.call('PTTL', old)))
end

local c, t = prefix .. 'c:' .. id, prefix .. 't:' .. turn_id
if outcome == 'continued' then
    redis.call('HSET', c, 'turn_count', number, 'open_turn', turn_id)
    count_messages(prefix, id, 1)
    if tonumber(at) > tonumber(before[12]) then redis.call('HSET', c, 'last_active_at', at) end
    live({prefix .. 'n:' .. redis.call('HGET', c, 'name'), prefix .. 'm:' .. id}, held, life_s)
    if #history > 0 then live({prefix .. 'h:' .. id}, held, life_s) end
    redis.call('ZREM', prefix .. 'idle', id)
else
    if loser then release_name(loser) end
    local external_id, name = id, fresh_name
    if adopted then external_id, name = string.sub(adopts, 2), external end
    redis.call('HSET', c, 'id', id, 'tenant', tenant, 'external_id', external_id, 'name', name, 'dialect', dialect,
        'channel', channel, 'turn_count', 1, 'message_count', 1, 'failed_attempts', 0, 'created_at', at,
        'last_active_at', at, 'open_turn', turn_id)
    if user ~= '-' then redis.call('HSET', c, 'user_id', string.sub(user, 2)) end
    redis.call('SET', prefix .. 'n:' .. name, id, 'EX', life_s)
end
shelve(prefix, id)
redis.call('HSET', t, 'id', turn_id, 'conversation_id', id, 'tenant', tenant, 'key_id', key_id, 'roles', roles,
    'dialect', dialect, 'number', number, 'text', text, 'started_at', at, 'owner', owner,
    'lease_until', lease_until)
if key_user ~= '-' then redis.call('HSET', t, 'key_user_id', string.sub(key_user, 2)) end
if user ~= '-' then redis.call('HSET', t, 'user_id', string.sub(user, 2)) end
live({c, t}, held, life_s)
redis.call('ZADD', prefix .. 'open', lease_until, turn_id)
redis.call('SADD', prefix .. 'o:' .. owner, turn_id)
if key then
    redis.call('DEL', key)
    redis.call('HSET', key, 'turn_id', turn_id, 'fingerprint', fingerprint, 'expires_at', key_expires_at)
    redis.call('EXPIRE', key, key_life_s)
    redis.call('HSET', t, 'key', scope)
end
if outcome ~= 'continued' then return {outcome, adopted and 1 or 0} end
return {outcome, before, number, history, '', newest_notes(id)}
