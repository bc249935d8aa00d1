-- A step of deleting all but the newest: ARGV is tenant, dialect, user, how many of the newest to pass over, how
-- many to look at. Answers as `delete_free`.
local prefix = KEYS[1]
local user = ARGV[3] ~= '-' and string.sub(ARGV[3], 2) or nil
local all, own = scopes_of(ARGV[1], ARGV[2], user)
local ids = redis.call('ZREVRANGE', prefix .. 'b:' .. (own or all), ARGV[4], ARGV[4] + ARGV[5] - 1)
return delete_free(prefix, ids, all, own, user)
