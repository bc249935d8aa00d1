-- A step of counting: ARGV is tenant, dialect, user, how many to pass over, how many to look at. Answers {looked
-- at, user, messages and last activity of each that is still there}.
local prefix = KEYS[1]
local user = ARGV[3] ~= '-' and string.sub(ARGV[3], 2) or nil
local all, own = scopes_of(ARGV[1], ARGV[2], user)
local ids, rows = redis.call('ZRANGE', prefix .. 'b:' .. (own or all), ARGV[4], ARGV[4] + ARGV[5] - 1), {}
for _, id in ipairs(ids) do
    local c = redis.call('HMGET', prefix .. 'c:' .. id, 'user_id', 'message_count', 'last_active_at')
    if c[3] then rows[#rows + 1] = {c[1], c[2] and tonumber(c[2]) or messages_of(prefix, id), c[3]} end
end
return {#ids, rows}
