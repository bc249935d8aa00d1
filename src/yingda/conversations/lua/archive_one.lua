-- The summary of one conversation: ARGV is its name and the user of the key. Answers {summary} or nothing.
local id = visible(KEYS[1], ARGV[1], ARGV[2])
return id and {summary_of(KEYS[1], id)} or {}
