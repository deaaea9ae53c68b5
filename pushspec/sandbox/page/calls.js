// The stream of API calls, newest first, each with its request, its answer and what its code means.

import { get } from "/page/api.js";
import { byId, el, fullTime, pretty, said } from "/page/dom.js";
import { KINDS } from "/page/controls.js";
import { inChinese, t } from "/page/words.js";

const KEPT = 300;
let calls = [];
const open = new Set();

export async function loadCalls() {
  const after = calls.length ? calls[0].id : 0;
  const found = (await get(`calls?after=${after}&limit=${KEPT}`)).calls;
  if (!found.length) return;
  const first = calls.length === 0;
  calls = [...found.reverse(), ...calls].slice(0, KEPT);
  draw(first ? 0 : found.length);
}

export function forgetCalls() {
  calls = [];
  draw(0);
}

export function watchFilter() {
  byId("calls-filter").addEventListener("input", () => draw(0));
}

function draw(fresh) {
  const wanted = byId("calls-filter").value.trim().toLowerCase();
  const shown = calls.map((call, place) => [call, place]).filter(([call]) => !wanted || text(call).includes(wanted));
  byId("calls").replaceChildren(...(shown.length ? shown.map(([call, place]) => row(call, place < fresh)) : [nothing(wanted)]));
}

const text = (call) => `${call.path} ${call.code} ${call.remark} ${call.identifier} ${call.request} ${call.answer}`.toLowerCase();

// What a send says, so that one finds it again among many of its kind.
function title(request) {
  try {
    const { OfflinePushInfo: push, WebInfo: web, Message: message, MsgBody: body, Content: task } = JSON.parse(request);
    const found = push?.Title || web?.Title || message?.Title || body?.[0]?.MsgContent?.Text || push?.Desc || task?.OfflinePushInfo?.Title;
    return typeof found === "string" ? found : "";
  } catch {
    return "";
  }
}

// Stages, parts and a try of one campaign say the same; the key in DataId tells them apart.
function keyOf(request) {
  try {
    const { DataId: key } = JSON.parse(request);
    return typeof key === "string" ? key : "";
  } catch {
    return "";
  }
}

// What a call is, where its title alone would say that it was another send.
function mark(call) {
  if (["timpush/revoke", "openim/admin_msgwithdraw"].includes(call.path)) return t("recall");
  return /!try[0-9]+(#[0-9]+)?$/.test(keyOf(call.request)) ? t("try") : "";
}

// The sandbox keeps the name of a fault; people read what it does.
const remark = (text) => text.replace(/^fault on demand: (\w+)/, (_, kind) => t("fault on demand: {fault}", { fault: KINDS[kind] || kind }));

function info(call) {
  if (!call.code) return "";
  if (inChinese && call.meaning_zh) return ` · ${call.meaning_zh}`;
  try {
    return ` · ${JSON.parse(call.answer).ErrorInfo}`;
  } catch {
    return ` · ${call.meaning}`;
  }
}

function nothing(wanted) {
  return el("li", { class: "empty" }, el("b", {}, wanted ? t("Nothing matches") : t("No calls yet")),
    wanted ? null : t("Point a client here, or apply a project:"), wanted ? null : el("code", {}, "pushspec apply"));
}

function row(call, fresh) {
  const code = call.code === null ? ["none", t("no answer")] : call.code === 0 ? ["", "0 OK"] : ["bad", String(call.code)];
  const head = el("button", { type: "button", class: `call ${fresh ? "fresh" : ""}`, "aria-expanded": String(open.has(call.id)) },
    said("b", title(call.request) || call.path),
    el("span", { class: `code ${code[0]}` }, code[1]),
    el("span", { class: "meta" }, mark(call) ? el("strong", {}, mark(call)) : null,
      `${mark(call) ? " · " : ""}${keyOf(call.request) ? `${keyOf(call.request)} · ` : ""}${title(call.request) ? `${call.path} · ` : ""}${fullTime(call.at)} · ${call.ms.toFixed(1)} ms${info(call)}`),
    call.remark ? el("span", {}, el("span", { class: "remark" }, remark(call.remark))) : null);
  const item = el("li", {}, head, open.has(call.id) ? detail(call) : null);
  head.addEventListener("click", () => {
    open[open.has(call.id) ? "delete" : "add"](call.id);
    item.replaceWith(row(call, false));
  });
  return item;
}

function detail(call) {
  return el("div", { class: "detail" },
    call.meaning ? el("p", {}, call.meaning, " ", el("span", { class: "zh", lang: "zh" }, call.meaning_zh)) : null,
    call.advice ? el("p", { class: "hint" }, inChinese ? call.advice_zh : call.advice) : null,
    call.source ? el("p", { class: "hint" }, t("source: {source}", { source: call.source })) : null,
    el("h3", {}, t("Request")), el("pre", { tabindex: "0" }, pretty(call.request)),
    el("h3", {}, t("Answer")), el("pre", { tabindex: "0" }, call.answer ? pretty(call.answer) : t("none")));
}
