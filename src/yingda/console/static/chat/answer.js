// An answer's Markdown as a safe DOM fragment, with its citations at their places.

import { Marked } from "/static/vendor/marked.js";
import DOMPurify from "/static/vendor/purify.js";
import { unitIndex } from "./text.js";

// A citation's place travels through the Markdown renderer as a number between two marks. Each mark looks to
// its neighbour like what stood there before: a letter (private use) or punctuation (a rare bracket).
// Otherwise `**bold.**[1]` would lose its closing asterisks.
const LETTERS = ["\ue000", "\ue001"];
const BRACKETS = ["\u2983", "\u2984"];
const MARKED_NUMBERS = /[\ue000\u2983](\d+)[\ue001\u2984]/;
const MARKED_IN_ADDRESS = /%(?:EE%80%80|E2%A6%83)\d*%(?:EE%80%81|E2%A6%84)/gi;
const MARKS = /[\ue000\ue001\u2983\u2984]/g;

// Markdown takes `**要点：**内容` for plain asterisks, as it knows only scripts with spaces between words. An
// empty pair of marks, which looks like punctuation, lets them be bold.
const EMPTY = BRACKETS.join("");
const CLOSED_BEFORE_HAN = /(?<=\p{P})(?<!\*)\*\*(?=[\p{Script=Han}\ue000])/gu;
const OPENED_AFTER_HAN = /(?<=[\p{Script=Han}\ue001])\*\*(?!\*)(?=\p{P})/gu;

/** Keeps a number from opening a line. */
const WORD_JOINER = "\u2060";

const ALLOWED_TAGS = [
  "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
  "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "#text",
];
const POLICY = {
  ALLOWED_TAGS,
  ALLOWED_ATTR: ["align", "href", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // HTML in an answer is something to read, not to run; line breaks are what tables need them for.
    html: ({ text }) => (/^<br\s*\/?>\s*$/i.test(text) ? "<br>" : escaped(text)),
    // Pictures would be loaded from elsewhere.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

/** `citations` are the server's: `n`, and `at`, the code point after which each one stands. */
export function renderAnswer(text, citations = [], label = String) {
  const html = markdown.parse(easedEmphasis(withMarks(text, citations)));
  const fragment = DOMPurify.sanitize(html, POLICY);
  for (const link of fragment.querySelectorAll("a")) openElsewhere(link);
  const placed = placeCitations(fragment, label);
  for (const { n } of citations) {
    if (!placed.has(n)) (fragment.lastElementChild ?? fragment).append(citationMark(n, label));
  }
  for (const table of fragment.querySelectorAll("table")) makeScrollable(table);
  return fragment;
}

/** The text with a numbered mark at each citation's place. */
export function withMarks(text, citations) {
  let result = "";
  let from = 0;
  for (const { n, at } of [...citations].sort((one, other) => one.at - other.at || one.n - other.n)) {
    const place = Math.max(from, markPlace(text, unitIndex(text, at)));
    result += text.slice(from, place).replace(MARKS, "") + mark(text, place, n);
    from = place;
  }
  return result + text.slice(from).replace(MARKS, "");
}

function easedEmphasis(text) {
  return text.replace(CLOSED_BEFORE_HAN, `**${EMPTY}`).replace(OPENED_AFTER_HAN, `${EMPTY}**`);
}

/** Back over white space and the bar that closes a table's row: behind them a mark would be lost. */
function markPlace(text, index) {
  const kept = text.slice(0, index).replace(/\s+$/, "").replace(/\s*\|$/, "");
  return kept.length || index;
}

function mark(text, place, n) {
  const line = text.slice(0, place).split("\n").at(-1);
  const isAfterFence = /^\s*(```+|~~~+)\s*$/.test(line);
  const open = isLetter(text[place]) ? LETTERS[0] : BRACKETS[0];
  const close = isLetter(text[place - 1]) ? LETTERS[1] : BRACKETS[1];
  return `${isAfterFence ? "\n\n" : ""}${open}${n}${close}`;
}

function isLetter(sign) {
  return sign !== undefined && !/[\p{P}\p{S}\s]/u.test(sign);
}

function placeCitations(fragment, label) {
  const placed = new Set();
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.search(MARKS) >= 0) texts.push(walker.currentNode);
  for (const node of texts) {
    const around = node.parentElement?.closest("a");
    const pieces = node.data.split(MARKED_NUMBERS).map((piece, index) => {
      if (index % 2 === 0) return document.createTextNode(piece.replace(MARKS, ""));
      placed.add(Number(piece));
      return citationMark(Number(piece), label);
    });
    node.replaceWith(...pieces);
    // A link inside a link could not be reached.
    if (around) around.after(...around.querySelectorAll("sup"));
  }
  return placed;
}

/** A link, not a button: a button is a box of its own, and lines would break between it and a full stop. */
function citationMark(n, label) {
  const link = document.createElement("a");
  link.href = `#citation-${n}`;
  link.textContent = String(n);
  link.dataset.citation = String(n);
  link.setAttribute("aria-label", label(n));
  const raised = document.createElement("sup");
  raised.append(WORD_JOINER, link);
  return raised;
}

function openElsewhere(link) {
  if (!link.hasAttribute("href")) return;
  link.href = link.href.replace(MARKED_IN_ADDRESS, "");
  link.target = "_blank";
  link.rel = "noopener noreferrer";
}

function makeScrollable(table) {
  const frame = document.createElement("div");
  frame.className = "table-frame";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}
