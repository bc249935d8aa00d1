-- A step of deleting all but the newest: ARGV is tenant, dialect, user, how many of the newest to pass over, how
-- many to look at. Answers {looked at, left, deleted, messages}.
local prefix = KEYS[1]
local user = ARGV[3] ~= '-' and string.sub(ARGV[3], 2) or nil
local all, own = scopes_of(ARGV[1], ARGV[2], user)
local ids = redis.call('ZREVRANGE', prefix .. 'b:' .. (own or all), ARGV[4], ARGV[4] + ARGV[5] - 1)
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
