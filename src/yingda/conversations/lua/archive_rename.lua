-- Titles a conversation: ARGV is its name, the user of the key, the title. Answers whether it is there.
local id = visible(KEYS[1], ARGV[1], ARGV[2])
if not id then return 0 end
redis.call('HSET', KEYS[1] .. 'c:' .. id, 'title', ARGV[3])
shelve(KEYS[1], id)
return 1
