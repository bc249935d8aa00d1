-- A step of deleting what rests: ARGV is tenant, dialect, user, microseconds of the moment since which it was not
-- active, how many to pass over, how many to look at. Answers as `delete_free`.
local prefix = KEYS[1]
local user = ARGV[3] ~= '-' and string.sub(ARGV[3], 2) or nil
local all, own = scopes_of(ARGV[1], ARGV[2], user)
local ids = redis.call('ZRANGEBYSCORE', prefix .. 'l:' .. (own or all), '-inf', '(' .. ARGV[4], 'LIMIT', ARGV[5],
    ARGV[6])
return delete_free(prefix, ids, all, own, user)
