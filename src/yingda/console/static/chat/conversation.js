// The conversation of this tab: asks, follows, stops, and survives a reload.

import { keepKey, Problem, stopTurn, storedKey } from "./api.js";
import { follow } from "./stream.js";
import { isOpen, newTurn, withFrame, withProblem } from "./turn.js";

const STORED = "yingda.conversation";
const KEPT_TURNS = 50;

/**
 * State and what changes it; `onChange` is called after each change. `keyNeed` is empty, or says that a key is
 * `missing` or was `refused`.
 */
export class Conversation {
  constructor(onChange) {
    this._onChange = onChange;
    this._following = null;
    this._stopWanted = false;
    this.keyNeed = "";
    const { sessionId = null, turns = [] } = JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
    this.sessionId = sessionId;
    this.turns = turns;
  }

  get open() {
    const last = this.turns.at(-1);
    return last && isOpen(last) ? last : null;
  }

  /** Goes on with a turn that a reload of the page has left open. */
  resume() {
    const turn = this.open;
    if (!turn) return;
    if (turn.turnId) this._follow({ ...turn, text: "" });
    else this._replace(withProblem(turn, new Problem({ code: "connection_lost" })));
  }

  ask(question) {
    const turn = newTurn(`${Date.now()}`, question);
    this.turns = [...this.turns, turn].slice(-KEPT_TURNS);
    this._changed();
    return this._follow(turn);
  }

  /** Asks the last question again, or goes on with its answer where the connection was lost under it. */
  retry() {
    const last = this.turns.at(-1);
    if (!last || this.open) return;
    if (last.problem?.code === "connection_lost" && last.turnId) {
      this._follow({ ...last, state: "running", problem: null, text: "" });
      return;
    }
    this.turns = this.turns.slice(0, -1);
    this.ask(last.question);
  }

  /** Takes the key that a refusal asked for, and asks the question again with it. */
  useKey(key) {
    keepKey(key);
    this.keyNeed = "";
    this.retry();
  }

  /** Tells the server; before it has named the turn, the wish waits for the name. */
  async stop() {
    const turn = this.open;
    this._stopWanted = true;
    if (!turn?.turnId) return;
    await stopTurn(turn.turnId).catch(() => this._following?.abort());
  }

  clear() {
    this._following?.abort();
    this._following = null;
    this.turns = [];
    this.sessionId = null;
    this.keyNeed = "";
    this._changed();
  }

  async _follow(turn) {
    this._following?.abort();
    const following = new AbortController();
    this._following = following;
    this._stopWanted = false;
    this._replace(turn);
    const body = { message: turn.question, session_id: this.sessionId, channel: "web", trace: true };
    const onWait = (waiting) => this._update(following, (now) => ({ ...now, waiting }));
    try {
      for await (const frame of follow({ body, turnId: turn.turnId, signal: following.signal, onWait })) {
        if (frame.data.session_id) this.sessionId = frame.data.session_id;
        this._update(following, (now) => withFrame(now, frame));
        if (frame.event === "meta" && this._stopWanted) this.stop();
      }
    } catch (error) {
      this._failed(following, error);
    }
  }

  _failed(following, error) {
    if (following.signal.aborted) {
      this._update(following, (now) => ({ ...now, state: "stopped", waiting: 0 }));
      return;
    }
    const problem = error instanceof Problem ? error : new Problem({ code: "connection_lost" });
    if (problem.status === 401) this.keyNeed = storedKey() ? "refused" : "missing";
    this._update(following, (now) => withProblem(now, problem));
  }

  _update(following, change) {
    if (following !== this._following || !this.turns.length) return;
    this._replace(change(this.turns.at(-1)));
  }

  _replace(turn) {
    this.turns = [...this.turns.slice(0, -1), turn];
    this._changed();
  }

  _changed() {
    const { sessionId, turns } = this;
    // A token changes too little to be worth a write; the ends of a turn are what a reload needs.
    const last = turns.at(-1);
    const mark = `${sessionId} ${turns.length} ${last?.state} ${last?.turnId}`;
    if (mark !== this._stored) {
      this._stored = mark;
      store(JSON.stringify({ sessionId, turns }));
    }
    this._onChange();
  }
}

function store(text) {
  try {
    sessionStorage.setItem(STORED, text);
  } catch {
    // The tab's storage is full: the conversation goes on, a reload forgets it.
    sessionStorage.removeItem(STORED);
  }
}
