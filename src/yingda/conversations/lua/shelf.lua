-- Comes before every script: keeps conversations on the shelves that lists are read from. A scope is tenant and
-- dialect, or those and a user, each with its length in bytes.
local STATUSES = {'pending', 'assigned', 'resolved'}

local function part(text) return #text .. '.' .. text end

local function scopes_of(tenant, dialect, user)
    local all = part(tenant) .. ':' .. part(dialect)
    return all, user and all .. ':' .. part(user) or nil
end

local function is_held_status(status) return status == 'pending' or status == 'assigned' end

-- A held conversation lives for ever, another one for `life_s` after it was touched.
local function live(names, held, life_s)
    for _, name in ipairs(names) do
        if held then redis.call('PERSIST', name) else redis.call('EXPIRE', name, life_s) end
    end
end

-- The same for all that belongs to a conversation, when it becomes held or is released.
local function set_life(prefix, id, held, life_s)
    local c, history = prefix .. 'c:' .. id, prefix .. 'h:' .. id
    local open = redis.call('HMGET', c, 'name', 'open_turn')
    local names = {c, history, prefix .. 'm:' .. id, prefix .. 'n:' .. open[1]}
    if open[2] then names[#names + 1] = prefix .. 't:' .. open[2] end
    for _, turn_id in ipairs(redis.call('ZRANGE', history, 0, -1)) do
        names[#names + 1] = prefix .. 't:' .. turn_id
    end
    live(names, held, life_s)
end

-- Counts new messages; one that comes from before they were counted is counted whole, these included.
local function count_messages(prefix, id, added)
    local c = prefix .. 'c:' .. id
    if redis.call('HEXISTS', c, 'message_count') == 1 then
        redis.call('HINCRBY', c, 'message_count', added)
        return
    end
    local count = tonumber(redis.call('HGET', c, 'turn_count'))
    for _, turn_id in ipairs(redis.call('ZRANGE', prefix .. 'h:' .. id, 0, -1)) do
        local answer = redis.call('HGET', prefix .. 't:' .. turn_id, 'answer')
        if answer and answer ~= '' then count = count + 1 end
    end
    redis.call('HSET', c, 'message_count', count)
end

local function shelve(prefix, id)
    local c = redis.call('HMGET', prefix .. 'c:' .. id, 'tenant', 'dialect', 'user_id', 'created_at',
        'last_active_at', 'handoff')
    local all, own = scopes_of(c[1], c[2], c[3])
    for _, scope in ipairs({all, own}) do
        redis.call('ZADD', prefix .. 'l:' .. scope, c[5], id)
        redis.call('ZADD', prefix .. 'b:' .. scope, c[4], id)
    end
    if own then redis.call('ZADD', prefix .. 'w:' .. all, 'GT', c[5], c[3]) end
    if not c[6] then return end
    for _, status in ipairs(STATUSES) do
        redis.call(status == c[6] and 'SADD' or 'SREM', prefix .. 's:' .. status .. ':' .. all, id)
    end
end

local function unshelve(prefix, id, all, own, user)
    for _, scope in ipairs({all, own}) do
        redis.call('ZREM', prefix .. 'l:' .. scope, id)
        redis.call('ZREM', prefix .. 'b:' .. scope, id)
    end
    for _, status in ipairs(STATUSES) do redis.call('SREM', prefix .. 's:' .. status .. ':' .. all, id) end
    if own and redis.call('ZCARD', prefix .. 'l:' .. own) == 0 then
        redis.call('ZREM', prefix .. 'w:' .. all, user)
    end
end

-- Deletes a conversation with all that belongs to it; answers whether it was there.
local function delete_conversation(prefix, id)
    local c, history = prefix .. 'c:' .. id, prefix .. 'h:' .. id
    local was = redis.call('HMGET', c, 'tenant', 'dialect', 'user_id', 'name')
    if was[1] then
        local all, own = scopes_of(was[1], was[2], was[3])
        unshelve(prefix, id, all, own, was[3])
        redis.call('DEL', prefix .. 'n:' .. was[4])
    end
    for _, turn_id in ipairs(redis.call('ZRANGE', history, 0, -1)) do
        local t = prefix .. 't:' .. turn_id
        local key = redis.call('HGET', t, 'key')
        if key and redis.call('HGET', prefix .. 'i:' .. key, 'turn_id') == turn_id then
            redis.call('DEL', prefix .. 'i:' .. key)
        end
        redis.call('DEL', t)
    end
    redis.call('DEL', history, prefix .. 'm:' .. id)
    redis.call('ZREM', prefix .. 'idle', id)
    return redis.call('DEL', c)
end

