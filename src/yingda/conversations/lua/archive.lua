-- Comes before the scripts of the archive. Optional arguments are "-" for none, or "+" and the value.
local CLEANED_AT_ONCE = 1000

-- The conversation of a name, if a key bound to that user, or to none, may see it.
local function visible(prefix, name, key_user)
    local id = redis.call('GET', prefix .. 'n:' .. name)
    local user = id and redis.call('HMGET', prefix .. 'c:' .. id, 'id', 'user_id')
    if not user or not user[1] then return nil end
    if key_user ~= '-' and (not user[2] or key_user ~= '+' .. user[2]) then return nil end
    return id
end

-- Whether a conversation is there, and of that tenant, and the key's user's if it is bound to one.
local function is_seen(prefix, id, tenant, key_user)
    local whose = redis.call('HMGET', prefix .. 'c:' .. id, 'tenant', 'user_id')
    return whose[1] == tenant and (key_user == '-' or (whose[2] and key_user == '+' .. whose[2]) or false)
end

local function is_gone(prefix, id) return redis.call('EXISTS', prefix .. 'c:' .. id) == 0 end

-- Takes what Redis itself let expire off the shelves: only what was not active for `life_s` can be among it.
local function clean(prefix, life_s, all, own, user)
    local horizon = redis.call('TIME')[1] - life_s
    local shelf = prefix .. 'l:' .. (own or all)
    local ids = redis.call('ZRANGEBYSCORE', shelf, '-inf', string.format('%.0f', horizon * 1e6), 'LIMIT', 0,
        CLEANED_AT_ONCE)
    for _, id in ipairs(ids) do
        if is_gone(prefix, id) then unshelve(prefix, id, all, own, user) end
    end
end

-- Every conversation with an open turn, one that a newer turn took over among them.
local function open_conversations(prefix)
    local found = {}
    for _, turn_id in ipairs(redis.call('ZRANGE', prefix .. 'open', 0, -1)) do
        local id = redis.call('HGET', prefix .. 't:' .. turn_id, 'conversation_id')
        if id then found[id] = true end
    end
    return found
end

local function is_held(prefix, id)
    return is_held_status(redis.call('HGET', prefix .. 'c:' .. id, 'handoff'))
end

local function messages_of(prefix, id)
    if redis.call('HEXISTS', prefix .. 'c:' .. id, 'message_count') == 0 then count_messages(prefix, id, 0) end
    return tonumber(redis.call('HGET', prefix .. 'c:' .. id, 'message_count'))
end

-- Deletes those of `ids` that are neither open nor held; answers {looked at, left, deleted, messages}.
local function delete_free(prefix, ids, all, own, user)
    local open = open_conversations(prefix)
    local left, deleted, messages = 0, 0, 0
    for _, id in ipairs(ids) do
        if is_gone(prefix, id) then
            unshelve(prefix, id, all, own, user)
        elseif open[id] or is_held(prefix, id) then
            left = left + 1
        else
            messages = messages + messages_of(prefix, id)
            deleted = deleted + delete_conversation(prefix, id)
        end
    end
    return {#ids, left, deleted, messages}
end

local function summary_of(prefix, id)
    messages_of(prefix, id)
    local row = redis.call('HMGET', prefix .. 'c:' .. id, 'id', 'external_id', 'dialect', 'channel', 'user_id',
        'title', 'turn_count', 'message_count', 'handoff', 'open_turn', 'created_at', 'last_active_at')
    local first = redis.call('ZRANGE', prefix .. 'h:' .. id, 0, 0)[1] or row[10]
    row[13] = first and redis.call('HGET', prefix .. 't:' .. first, 'text')
    return row
end

