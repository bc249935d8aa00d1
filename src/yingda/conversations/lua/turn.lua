-- A turn with its journal, as one look: ARGV is the turn. Answers {fields, journal}.
local prefix, turn_id = KEYS[1], ARGV[1]
local turn = redis.call('HMGET', prefix .. 't:' .. turn_id, 'id', 'conversation_id', 'tenant', 'key_id', 'roles',
    'key_user_id', 'dialect', 'number', 'text', 'started_at', 'ending', 'lines', 'user_id')
return {turn, redis.call('HGETALL', prefix .. 'j:' .. turn_id)}
