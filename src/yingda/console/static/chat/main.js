// The page: header, conversation, composer, and the panel with a source.

import { html, render, useCallback, useEffect, useRef, useState } from "/static/vendor/preact-htm.js";
import { health, keepKey, storedKey } from "./api.js";
import { Composer, KeyForm } from "./composer.js";
import { Conversation } from "./conversation.js";
import { SourcePanel } from "./source.js";
import { queuePosition } from "./turn.js";
import { TurnView } from "./views.js";
import { keepLanguage, languages, storedLanguage } from "./words.js";

const NEAR_END_PX = 120;

function Page() {
  const [, redraw] = useState(0);
  const [language, setLanguage] = useState(storedLanguage);
  const [server, setServer] = useState(null);
  const [cited, setCited] = useState(null);
  const opener = useRef(null);
  const thread = useConversation(() => redraw((count) => count + 1));
  const scroll = useFollowingScroll();
  const words = languages[language];
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  useEffect(() => {
    health().then(setServer, () => {});
  }, []);
  useEffect(() => {
    if (server) document.title = server.app;
  }, [server]);
  useEffect(() => {
    document.body.classList.toggle("with-source", cited !== null);
  }, [cited]);
  const close = useCallback(() => {
    setCited(null);
    opener.current?.focus({ preventScroll: true });
  }, []);
  const cite = (turn, n) => {
    opener.current = document.activeElement;
    setCited({ turnId: turn.turnId, citation: turn.citations.find((citation) => citation.n === n) });
  };
  const ask = (text) => {
    scroll.toEnd();
    thread.ask(text);
  };
  const clear = () => {
    setCited(null);
    thread.clear();
  };
  const choose = () => {
    const other = language === "zh" ? "en" : "zh";
    keepLanguage(other);
    setLanguage(other);
  };
  const last = thread.turns.at(-1);
  return html`
    <${Header} ...${{ words, server, thread, onNew: clear, onLanguage: choose }} />
    <main>
      <${Banner} turns=${thread.turns} words=${words} />
      ${thread.turns.length === 0 && html`<${Welcome} words=${words} server=${server} />`}
      <div class="turns" role="log">
        ${thread.turns.map((turn) => html`
          <${TurnView}
            key=${turn.id} turn=${turn} words=${words} isLast=${turn === last} onCite=${cite}
            onRetry=${() => thread.retry()} onGrow=${scroll.follow}
          />`)}
      </div>
      ${thread.keyNeed && html`
        <${KeyForm} words=${words} isRefused=${thread.keyNeed === "refused"} onKey=${(key) => thread.useKey(key)} />`}
    </main>
    <footer>
      <${Composer} words=${words} isRunning=${thread.open !== null} onAsk=${ask} onStop=${() => thread.stop()} />
    </footer>
    ${cited && html`<${SourcePanel} cited=${cited} words=${words} onClose=${close} />`}`;
}

function Header({ words, server, thread, onNew, onLanguage }) {
  const forget = () => {
    keepKey("");
    onNew();
  };
  return html`
    <header class="top">
      <h1><img src="/static/icon.svg" alt="" width="22" height="22" />${server?.app ?? "Yingda"}</h1>
      <nav>
        ${thread.turns.length > 0 && html`
          <button type="button" class="plain" onClick=${onNew} aria-label=${words.newConversation} title=${words.newConversation}>
            ${words.fresh}
          </button>`}
        ${storedKey() && html`<button type="button" class="plain" onClick=${forget}>${words.forgetKey}</button>`}
        <a class="plain" href="/docs">${words.api}</a>
        <button type="button" class="plain" onClick=${onLanguage} lang=${words === languages.zh ? "en" : "zh-CN"}>
          ${words.otherLanguage}
        </button>
      </nav>
    </header>`;
}

function Welcome({ words, server }) {
  return html`
    <section class="welcome">
      <p class="tagline">${words.tagline}</p>
      <p>${words.intro}</p>
      ${server?.parts?.model === "off" && html`<p>${words.introExtractive}</p>`}
    </section>`;
}

function Banner({ turns, words }) {
  const index = turns.findLastIndex(({ escalation }) => escalation);
  if (index < 0) return null;
  const { escalation } = turns[index];
  const position = queuePosition(turns.slice(index));
  const more = [position && words.queue(position), escalation.escalate_reason, words.priority(escalation.priority)];
  return html`
    <aside class="banner" role="status">
      <strong>${words.escalated}</strong>
      <span>${more.filter(Boolean).join(" · ")}</span>
    </aside>`;
}

function useConversation(onChange) {
  const made = useRef(null);
  made.current ??= new Conversation(onChange);
  useEffect(() => made.current.resume(), []);
  return made.current;
}

/** Keeps the end in sight while an answer grows, unless the reader has scrolled away from it. */
function useFollowingScroll() {
  const isAtEnd = useRef(true);
  useEffect(() => {
    let lastY = scrollY;
    const look = () => {
      const { scrollHeight } = document.documentElement;
      const isNear = scrollHeight - innerHeight - scrollY < NEAR_END_PX;
      // The page may have grown since we scrolled; only a move upwards is the reader's.
      if (isNear || scrollY < lastY) isAtEnd.current = isNear;
      lastY = scrollY;
    };
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  const follow = useCallback(() => {
    if (isAtEnd.current) scrollTo(0, document.documentElement.scrollHeight);
  }, []);
  const toEnd = useCallback(() => {
    isAtEnd.current = true;
    requestAnimationFrame(follow);
  }, []);
  return { follow, toEnd };
}

render(html`<${Page} />`, document.getElementById("app"));
