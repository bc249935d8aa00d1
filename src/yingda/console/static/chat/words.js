// The words of the page, in Chinese and English.

const LANGUAGE = "yingda.language";

const zh = {
  tagline: "问一句，答一句，出处在旁。",
  intro: "回答取自已收录的文档。点击文中的小数字，可以看到原文所在的位置。",
  introExtractive: "当前未接入语言模型，回答直接摘自文档原文。",
  placeholder: "请输入您的问题",
  send: "发送",
  stop: "停止",
  fresh: "新对话",
  newConversation: "新对话",
  otherLanguage: "English",
  api: "接口",
  you: "问",
  sources: "出处",
  page: (number) => `第 ${number} 页`,
  openSource: (n) => `查看出处 ${n}`,
  thinking: "正在查找……",
  reconnecting: (attempt, retries) => `连接中断，正在恢复（${attempt}/${retries}）……`,
  stopped: "已停止",
  cached: "来自缓存",
  cachedHint: "同样的问题刚刚回答过",
  restarted: "之前的对话已结束，这是一个新的对话。",
  retry: "重试",
  resume: "继续",
  retryIn: (seconds) => `${seconds} 秒后可重试`,
  steps: (count, time) => `过程 · ${count} 步 · ${time}`,
  step: "步骤",
  time: "耗时",
  note: "说明",
  escalated: "已为您转接人工客服",
  queue: (position) => `当前排队第 ${position} 位`,
  priority: (level) =>
    `优先级：${{ highest: "最高", high: "高", medium: "中", low: "低", info: "一般" }[level] ?? level}`,
  close: "关闭",
  version: (number) => `第 ${number} 版`,
  loading: "正在打开……",
  sourceGone: "原文已无法打开，以下是当时引用的内容。",
  wholeDocument: "显示全文",
  keyTitle: "需要访问密钥",
  keyHint: "密钥只保存在当前标签页，关闭后即清除。",
  keyRefused: "这个密钥无效，请检查后重新输入。",
  keyLabel: "API Key",
  keySubmit: "继续",
  forgetKey: "清除密钥",
  tooLong: (count) => `超出 ${count} 字`,
  count: (count, limit) => `${count} / ${limit}`,
  fieldNames: { message: "消息" },
  degraded: {
    model_unavailable: "模型不可用，摘自原文",
    model_timed_out: "模型超时，摘自原文",
    model_rate_limited: "模型繁忙，摘自原文",
    overloaded: "模型繁忙，摘自原文",
    deadline_exceeded: "模型超时，摘自原文",
    store_unavailable: "人工登记暂不可用",
    index_unavailable: "检索暂不可用",
  },
  problems: {
    401: "需要有效的访问密钥。",
    403: "这个密钥没有权限提问。",
    409: "上一个问题还在回答，请稍候再试。",
    413: "内容太长。",
    422: "这个问题无法接受：",
    429: "请求过多，请稍后再试。",
    connection_lost: "连接已断开。",
    other: "出错了，请稍后重试。",
  },
};

const en = {
  tagline: "Ask, and see where the answer comes from.",
  intro: "Answers are drawn from the documents on this server. A small number in the text opens the passage it rests on.",
  introExtractive: "No language model is connected: answers are quoted from the documents as they stand.",
  placeholder: "Ask a question",
  send: "Send",
  stop: "Stop",
  fresh: "New",
  newConversation: "New conversation",
  otherLanguage: "中文",
  api: "API",
  you: "Question",
  sources: "Sources",
  page: (number) => `p. ${number}`,
  openSource: (n) => `Open source ${n}`,
  thinking: "Looking it up…",
  reconnecting: (attempt, retries) => `Connection lost, picking up again (${attempt}/${retries})…`,
  stopped: "Stopped",
  cached: "From cache",
  cachedHint: "The same question was answered a moment ago",
  restarted: "The earlier conversation had ended; this is a new one.",
  retry: "Try again",
  resume: "Pick up again",
  retryIn: (seconds) => `Try again in ${seconds} s`,
  steps: (count, time) => `How it was made · ${count} ${count === 1 ? "step" : "steps"} · ${time}`,
  step: "Step",
  time: "Time",
  note: "Note",
  escalated: "A human has been asked to take over",
  queue: (position) => `You are number ${position} in the queue`,
  priority: (level) => `Priority: ${level}`,
  close: "Close",
  version: (number) => `version ${number}`,
  loading: "Opening…",
  sourceGone: "The document can no longer be opened. This is what was cited.",
  wholeDocument: "Show the whole document",
  keyTitle: "This server asks for a key",
  keyHint: "It is kept in this tab only and forgotten when the tab closes.",
  keyRefused: "That key was not accepted. Please check it and try again.",
  keyLabel: "API key",
  keySubmit: "Continue",
  forgetKey: "Forget key",
  tooLong: (count) => `${count} too many`,
  count: (count, limit) => `${count} / ${limit}`,
  fieldNames: { message: "Message" },
  degraded: {
    model_unavailable: "Model unavailable, quoted instead",
    model_timed_out: "Model too slow, quoted instead",
    model_rate_limited: "Model busy, quoted instead",
    overloaded: "Model busy, quoted instead",
    deadline_exceeded: "Model too slow, quoted instead",
    store_unavailable: "Human desk cannot be reached",
    index_unavailable: "Search unavailable",
  },
  problems: {
    401: "A valid key is needed.",
    403: "This key may not ask questions.",
    409: "The previous question is still being answered. Try again in a moment.",
    413: "That is too long.",
    422: "The question was not accepted:",
    429: "Too many requests. Try again shortly.",
    shutting_down: "The server is shutting down. Try again in a moment.",
    store_unavailable: "The conversation store is unavailable. Try again shortly.",
    index_unavailable: "The knowledge base is unavailable. Try again shortly.",
    model_unavailable: "The model is unavailable. Try again shortly.",
    overloaded: "Too many requests just now. Try again shortly.",
    deadline_exceeded: "That took too long. Try again.",
    interrupted: "The answer was interrupted. Try again.",
    connection_lost: "The connection is gone.",
    other: "Something went wrong. Try again shortly.",
  },
};

export const languages = { zh, en };

/** The language chosen before, else the browser's. */
export function storedLanguage() {
  return localStorage.getItem(LANGUAGE) ?? (/^zh\b/i.test(navigator.language) ? "zh" : "en");
}

/** Remembers a choice beyond this tab. */
export function keepLanguage(language) {
  localStorage.setItem(LANGUAGE, language);
}

/** What to say about a code: its own words, or for one of the model's many troubles those for all of them. */
export function codeText(texts, code) {
  return texts[code] ?? (code.startsWith("model_") ? texts.model_unavailable : undefined);
}

/** What to say about a problem: in Chinese the server's own sentence, else ours where we have one. */
export function problemText(words, { status, code, detail }) {
  const ours = codeText(words.problems, code) ?? words.problems[status];
  const [first, second] = words === zh ? [detail, ours] : [ours, detail];
  return first || second || words.problems.other;
}
