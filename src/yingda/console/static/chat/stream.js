// A turn's frames, in order and each once, over as many connections as it takes.

import { Problem, request } from "./api.js";

/** New tries after a cut, each after twice the wait of the one before: 28 s, about as long as a turn waits. */
export const RETRIES = 7;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;
/** The server says something at least every 15 s; a line this quiet is dead. */
const SILENCE_MS = 40_000;
const PASSING = new Set([502, 503, 504]);

/** The events of a stream as `{event, id, data}`; ends where the stream does. */
export async function* frames(body, onBytes = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      onBytes();
      const blocks = (rest + value.replaceAll("\r", "")).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const frame = frameOf(block);
        if (frame) yield frame;
      }
    }
  } finally {
    reader.releaseLock();
  }
}

function frameOf(block) {
  const fields = { event: "", id: "", data: "" };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(event|id|data): ?(.*)$/.exec(line) ?? [];
    if (name) fields[name] = name === "data" && fields.data ? `${fields.data}\n${value}` : value;
  }
  return fields.event && { ...fields, data: JSON.parse(fields.data) };
}

/**
 * Follows a turn to its `done` or `error` frame. A cut connection is resumed behind the last frame seen; before
 * the first one the question is sent again under the same idempotency key, so that it is asked once.
 * `turnId` follows a turn that was asked before. `onWait(attempt)` is told before each new try, and
 * `onWait(0)` once it is through.
 */
export async function* follow({ body, turnId = "", signal, onWait = () => {} }) {
  const position = { turnId, seen: 0 };
  const key = randomKey();
  let attempt = 0;
  let isOver = false;
  while (true) {
    try {
      for await (const frame of connection({ body, key, position, signal })) {
        if (attempt) onWait(0);
        attempt = 0;
        isOver = frame.event === "done" || frame.event === "error";
        yield frame;
      }
    } catch (error) {
      if (!isOver && (signal.aborted || !mayRetry(error))) throw error;
    }
    if (isOver) return;
    if (attempt === RETRIES) throw new Problem({ code: "connection_lost" });
    attempt += 1;
    onWait(attempt);
    await sleep(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)), signal);
  }
}

async function* connection({ body, key, position, signal }) {
  const line = new AbortController();
  const end = () => line.abort();
  signal.addEventListener("abort", end);
  let silence = setTimeout(end, SILENCE_MS);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(end, SILENCE_MS);
  };
  try {
    const response = await open({ body, key, position, signal: line.signal });
    for await (const frame of frames(response.body, heard)) {
      const [id, number] = splitId(frame.id);
      if (Number(number) <= position.seen) continue;
      position.turnId = id;
      position.seen = Number(number);
      yield frame;
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", end);
    end();
  }
}

function open({ body, key, position, signal }) {
  if (position.turnId) {
    const path = `/api/v1/chat/turns/${position.turnId}/stream?after=${position.seen}&trace=true`;
    return request(path, { signal });
  }
  const headers = { "Idempotency-Key": key };
  return request("/api/v1/chat/stream", { method: "POST", body, headers, signal });
}

function splitId(id) {
  const dash = id.lastIndexOf("-");
  return [id.slice(0, dash), id.slice(dash + 1)];
}

/** A refusal is an answer; only a broken network and a gateway in between pass by themselves. */
function mayRetry(error) {
  return !(error instanceof Problem) || PASSING.has(error.status);
}

/** Not `crypto.randomUUID`, which a page without TLS does not have. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
