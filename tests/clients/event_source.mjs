// Drives an EventSource that follows the standard (undici's) over a recorded stream cut at given byte offsets.
//
// stdin: {url, headers, recorded (base64), cuts: [offset]}. A server of our own answers the first request of each
// run with the recording up to its cut and then resets the socket; later ones are passed on to `url` with the
// `Last-Event-ID` that the client sent. stdout: per cut, the messages, the ids it resumed from and the statuses.
// A client waits 3 s before it comes again, so runs begin a little after one another, and wait side by side.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource, fetch } from 'undici';

const APART_MS = 8;
const job = JSON.parse(readFileSync(0, 'utf8'));
const recorded = Buffer.from(job.recorded, 'base64');
const runs = new Map(
  job.cuts.map((cut) => [String(cut), { cut, messages: [], resumedFrom: [], statuses: [], requests: 0 }]),
);

const server = createServer(async (request, response) => {
  const run = runs.get(request.url.slice(1));
  if (run.requests++ === 0) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(recorded.subarray(0, run.cut), () => setTimeout(() => response.destroy(), 5));
    return;
  }
  const last = request.headers['last-event-id'];
  run.resumedFrom.push(last ?? null);
  const headers = last === undefined ? job.headers : { ...job.headers, 'last-event-id': last };
  const upstream = await fetch(job.url, { headers });
  run.statuses.push(upstream.status);
  response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? 'text/plain' });
  if (upstream.body) for await (const piece of upstream.body) response.write(piece);
  response.end();
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));

function follow(run) {
  return new Promise((resolve) => {
    const source = new EventSource(`http://127.0.0.1:${server.address().port}/${run.cut}`);
    source.onmessage = ({ data, lastEventId }) => run.messages.push({ id: lastEventId, data });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED || run.requests > 4) {
        source.close();
        resolve();
      }
    };
  });
}

const following = [];
for (const run of runs.values()) {
  following.push(follow(run));
  await sleep(APART_MS);
}
await Promise.all(following);
server.close();
server.closeAllConnections();
process.stdout.write(JSON.stringify([...runs.values()]));
