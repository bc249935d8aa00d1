// A turn as the page shows it: a fold over its frames.

/** What is kept of a turn; `state` is `waiting`, `running`, `done`, `stopped` or `failed`. */
export function newTurn(id, question) {
  return {
    id,
    question,
    state: "waiting",
    turnId: "",
    text: "",
    citations: [],
    queuePosition: null,
    degraded: [],
    trace: [],
    fromCache: false,
    restarted: false,
    escalation: null,
    problem: null,
    waiting: 0,
    askedAt: Date.now(),
    tookMs: null,
  };
}

/** The turn after one more frame. */
export function withFrame(turn, { event, data }) {
  const fold = FOLDS[event];
  return fold ? fold(turn, data) : turn;
}

/** The turn after a failure that no frame told of. */
export function withProblem(turn, { status, code, detail, fields, retryAfterS }) {
  const retryAt = retryAfterS === null ? 0 : Date.now() + retryAfterS * 1000;
  return { ...turn, state: "failed", waiting: 0, problem: { status, code, detail, fields, retryAt } };
}

export const isOpen = (turn) => turn.state === "waiting" || turn.state === "running";

const FOLDS = {
  meta: (turn, data) => ({
    ...turn,
    state: "running",
    turnId: data.turn_id,
    fromCache: data.from_cache,
    restarted: data.session_restarted,
  }),
  token: (turn, data) => ({ ...turn, state: "running", text: turn.text + data.content }),
  done: (turn, data) => ({
    ...turn,
    state: data.stopped_by ? "stopped" : "done",
    turnId: data.turn_id,
    text: data.answer,
    citations: data.citations,
    queuePosition: data.queue_position,
    degraded: data.degraded,
    trace: data.trace ?? [],
    fromCache: data.from_cache,
    restarted: data.session_restarted,
    escalation: data.escalate ? data.escalation_card : null,
    tookMs: Date.now() - turn.askedAt,
  }),
  error: (turn, data) =>
    withProblem(turn, {
      status: 0,
      code: data.code,
      detail: data.message,
      fields: [],
      retryAfterS: data.retry_after ?? null,
    }),
};

/** Where the person stands in the queue, as the last reply that says so has it; null where none does. */
export function queuePosition(turns) {
  return turns.findLast((turn) => turn.queuePosition !== null)?.queuePosition ?? null;
}
