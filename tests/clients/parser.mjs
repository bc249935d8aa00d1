// Reads a stream from stdin as eventsource-parser understands it, fed in pieces of a given length (argument).
import { readFileSync } from 'node:fs';
import { createParser } from 'eventsource-parser';

const text = readFileSync(0, 'utf8');
const length = Number(process.argv[2] ?? text.length) || 1;
const found = { events: [], comments: [], retries: [], errors: [] };
const parser = createParser({
  onEvent: ({ id, event, data }) => found.events.push({ id, event, data }),
  onComment: (comment) => found.comments.push(comment),
  onRetry: (interval) => found.retries.push(interval),
  onError: (error) => found.errors.push(error.message),
});
for (let start = 0; start < text.length; start += length) parser.feed(text.slice(start, start + length));
process.stdout.write(JSON.stringify(found));
