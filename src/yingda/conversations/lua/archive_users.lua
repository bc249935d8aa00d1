-- Users and how many conversations each has: ARGV is tenant, dialect, the user of the key, seconds of life.
local prefix = KEYS[1]
local all = scopes_of(ARGV[1], ARGV[2], nil)
local users = ARGV[3] ~= '-' and {string.sub(ARGV[3], 2)} or redis.call('ZRANGE', prefix .. 'w:' .. all, 0, -1)
local rows = {}
for _, user in ipairs(users) do
    local _, own = scopes_of(ARGV[1], ARGV[2], user)
    clean(prefix, ARGV[4], all, own, user)
    rows[#rows + 1] = {user, redis.call('ZCARD', prefix .. 'l:' .. own)}
end
return rows
