-- Renews the leases of an owner's open turns, then appends batches: ARGV is owner, until, seconds of life, then
-- turn, first and lines of each batch.
local prefix, owner, lease_until, life_s = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
for _, turn_id in ipairs(redis.call('SMEMBERS', prefix .. 'o:' .. owner)) do
    redis.call('HSET', prefix .. 't:' .. turn_id, 'lease_until', lease_until)
    redis.call('ZADD', prefix .. 'open', 'XX', lease_until, turn_id)
end
for n = 4, #ARGV, 3 do
    local is_open = redis.call('ZSCORE', prefix .. 'open', ARGV[n])
    if is_open then
        local name = prefix .. 'j:' .. ARGV[n]
        redis.call('HSETNX', name, ARGV[n + 1], ARGV[n + 2])
        redis.call('EXPIRE', name, life_s)
    end
end
