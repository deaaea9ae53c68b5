// Clock, quota gauges, faults, pushes under way, and starting over.

import { get, send } from "/page/api.js";
import { byId, el, fullTime, toast, unchanged } from "/page/dom.js";
import { few, form, inChinese, pieces, t } from "/page/words.js";

export const KINDS = {
  slow: t("slow answer"), no_answer: t("work done, no answer"), reset_before: t("reset before the work"), reset_after: t("reset after the work"),
  bad_gateway: "502", cut_json: t("cut JSON"), error: t("error code"),
};
const STEPS = { [t("1 s")]: 1, [t("1 min")]: 60, [t("1 h")]: 3600, [t("24 h")]: 86400 };
const SPEEDS = { [t("stopped")]: 0, "1×": 1, "60×": 60, "3600×": 3600 };
// The gauges that the sandbox names.
const UNITS = { "pushes a day": t("pushes a day"), "calls a second": t("calls a second"), "users a second": t("users a second"), "messages a minute": t("messages a minute") };
let formDrawn = false;

export function drawControls(state) {
  if (!formDrawn) layOut();
  drawGauges(state.gauges);
  drawFaults(state.faults);
  byId("app-hint").replaceChildren(
    `${t("app {id}", { id: state.app.sdk_app_id })} · ${state.app.identifier} · ${accounts(state.app.accounts)}`, el("br"),
    `base_url: ${location.origin}`, el("br"),
    state.app.secret_key ? t("public key: {key}", { key: state.app.secret_key }) : t("the key is your own"));
  byId("callbacks").replaceChildren(...callbacks(state.callbacks));
  for (const button of byId("speeds").children) button.setAttribute("aria-pressed", String(SPEEDS[button.textContent] === state.clock.speed));
}

const accounts = (n) => few(n, "{n} account", "{n} accounts");

export function drawClock(now, speed) {
  const words = speed === 0 ? t("stopped") : speed === 1 ? t("real time") : t("{speed}× faster", { speed });
  byId("clock-fact").textContent = `${fullTime(now)}${speed === 1 ? "" : ` · ${words}`}`;
  const big = byId("big-clock");
  if (big) big.replaceChildren(fullTime(now), el("small", {}, words));
}

export function drawPushes(state) {
  const waiting = state.scheduled.map((each) => el("li", {},
    el("div", { class: "row" }, el("b", { dir: "auto" }, each.title || t("(no title)")), el("span", { class: `code ${each.error ? "bad" : "none"}` }, each.error ? t("not sent") : t("scheduled"))),
    each.desc ? el("small", { dir: "auto" }, each.desc) : null,
    el("small", {}, due(each)),
    each.error ? el("p", { class: "hint" }, each.error) : null));
  const pushes = state.pushes.map((each) => el("li", {},
    el("div", { class: "row" }, el("b", { dir: "auto" }, each.title || t("(no title)")), el("span", { class: `code ${each.revoked_at ? "none" : ""}` }, each.revoked_at ? t("recalled") : each.done < each.total ? t("under way") : t("done"))),
    el("small", {}, `${each.endpoint} · ${fullTime(each.started_at)}${each.condition ? ` · ${condition(each.condition)}` : ""}`),
    el("progress", { max: Math.max(1, each.total), value: each.total ? each.done : 1, "aria-label": t("fan-out") }),
    el("div", { class: "tally" }, tally(each.total, "{n} account", "{n} accounts"), tally(each.reached, "{n} reached"), tally(each.lost, "{n} lost"), tally(each.clicked, "{n} opened")),
    each.losses.length ? el("ul", { class: "lost", "aria-label": t("Lost") }, each.losses.map((loss) => el("li", {}, t("{n} lost: {why}", { n: loss.count, why: loss.info })))) : null,
    each.revoked_at ? el("p", { class: "hint" }, recalled(each)) : null,
    el("code", {}, each.task_id)));
  const none = el("li", { class: "empty" }, el("b", {}, t("No pushes yet")), t("Accepted sends appear here with their fan-out."));
  byId("pushes").replaceChildren(...(waiting.length + pushes.length ? [...waiting, ...pushes] : [none]));
}

function due(task) {
  const values = { id: task.task_id, whom: toWhom(task), when: fullTime(task.due_at) };
  return task.error ? t("task {id} · {whom} · was due {when}", values) : t("task {id} · {whom} · due {when}", values);
}

function recalled(push) {
  const when = fullTime(push.revoked_at);
  if (!push.replaced_by) return t("recalled {when}", { when });
  return pieces("recalled {when}, replaced by “{title}” where the maker can", { when, title: el("bdi", {}, push.replaced_by) });
}

const STATE_LOOK = { sent: "", send: "next", schedule: "next", reschedule: "next", scheduled: "none", drifted: "bad", waiting: "next", expired: "none", abandoned: "none", frozen: "none", blocked: "bad", changed: "bad", "in doubt": "bad" };

const STATES = {
  sent: t("sent"), send: t("to send"), schedule: t("to schedule"), reschedule: t("reschedule"), scheduled: t("scheduled"), drifted: t("drifted"),
  waiting: t("waiting"), expired: t("expired"), abandoned: t("abandoned"), frozen: t("frozen"), blocked: t("blocked"), changed: t("changed"), "in doubt": t("in doubt"),
};

// The campaigns of the project that is served; a plan takes a while, so it is made again only after a call.
export async function loadCampaigns(project, newestCall) {
  byId("tab-campaigns").hidden = !project;
  if (!project || unchanged("campaigns", newestCall)) return;
  const { campaigns, problem, problem_zh } = await get("campaigns");
  const rows = campaigns.map((each) => el("li", {},
    el("div", { class: "row" }, el("b", { dir: "auto" }, each.title || each.key), el("span", { class: `code ${STATE_LOOK[each.state] || ""}` }, STATES[each.state] || each.state)),
    el("small", {}, `${each.key} · ${each.endpoint}${each.state === "send" ? ` · ${few(Number.parseInt(each.calls.replaceAll(",", ""), 10).toLocaleString("en"), "{n} call", "{n} calls")}` : ""}`),
    each.reason ? el("small", {}, (inChinese && each.reason_zh) || each.reason) : null));
  const none = el("li", { class: "empty" }, el("b", {}, problem ? t("The project has errors") : t("No campaigns yet")), (inChinese && problem_zh) || problem || el("code", {}, "pushspec new"));
  byId("campaigns").replaceChildren(...(rows.length ? rows : [none]));
}

function toWhom(task) {
  if (task.condition) return condition(task.condition);
  return task.accounts ? accounts(task.accounts) : t("everyone");
}

function condition(text) {
  const parts = Object.entries(JSON.parse(text));
  return parts.map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : Object.entries(value).map((pair) => pair.join("=")).join(", ")}`).join(" · ");
}

const tally = (number, one, many = one) => el("span", {}, pieces(form(number, one, many), { n: el("b", {}, String(number)) }));

function layOut() {
  formDrawn = true;
  byId("controls-panel").replaceChildren(
    el("section", {}, el("h2", {}, t("Clock")), el("div", { class: "big-clock", id: "big-clock" }),
      el("div", { class: "buttons", id: "speeds" }, Object.entries(SPEEDS).map(([text, speed]) => el("button", { type: "button", onclick: () => send("POST", "clock", { speed }) }, text))),
      el("div", { class: "buttons hint" }, Object.entries(STEPS).map(([text, advance]) => el("button", { type: "button", onclick: () => send("POST", "clock", { advance }) }, `+ ${text}`)))),
    el("section", {}, el("h2", {}, t("Quotas and rates")), el("div", { id: "gauges" })),
    el("section", {}, el("h2", {}, t("Faults")), el("div", { id: "faults" }), faultForm()),
    el("section", {}, el("h2", {}, t("Callbacks")), el("div", { id: "callbacks" })),
    el("section", {}, el("h2", {}, t("This sandbox")), el("p", { class: "hint", id: "app-hint" }),
      el("div", { class: "buttons hint" },
        el("button", { type: "button", onclick: seed }, t("Add 1,000 people")),
        el("button", { type: "button", onclick: reset }, t("Start over")))));
}

function drawGauges(gauges) {
  byId("gauges").replaceChildren(...gauges.map((gauge) => {
    const share = gauge.used / gauge.limit;
    const wait = gauge.wait_s > 0 ? ` · ${t("next in {seconds} s", { seconds: gauge.wait_s.toFixed(1) })}` : "";
    return el("div", { class: "gauge" },
      el("div", { class: "row" }, el("span", {}, gaugeName(gauge.name)), el("span", {}, `${t("{used} of {limit}", gauge)}${wait}`)),
      el("progress", { max: gauge.limit, value: gauge.used, class: share >= 1 ? "full" : share >= 0.8 ? "high" : "", "aria-label": gaugeName(gauge.name) }));
  }));
}

function gaugeName(name) {
  const unit = Object.keys(UNITS).find((each) => name.endsWith(each));
  return unit ? name.replace(unit, UNITS[unit]) : name;
}

function drawFaults(faults) {
  if (unchanged("faults", faults)) return;
  byId("faults").replaceChildren(...faults.map((fault, place) => el("div", { class: "fault" },
    el("span", {}, words(fault)),
    el("button", { type: "button", class: "quiet", "aria-label": t("Remove: {fault}", { fault: words(fault) }), onclick: () => put(faults.filter((_, other) => other !== place)) }, "✕"))));
  byId("faults").current = faults;
  if (!faults.length) byId("faults").append(el("p", { class: "hint" }, t("None: every call is answered as it should be.")));
}

function words(fault) {
  const what = fault.kind === "error" ? t("error {code}", { code: fault.code }) : fault.kind === "slow" ? t("slow, {seconds} s", { seconds: fault.delay_s }) : KINDS[fault.kind];
  const which = fault.calls.length ? t(", call {numbers}", { numbers: fault.calls.join(", ") }) : "";
  const chance = fault.probability < 1 ? t(", {percent} %", { percent: Math.round(fault.probability * 100) }) : "";
  return t("{endpoint}: {fault}", { endpoint: fault.endpoint, fault: `${what}${which}${chance}` });
}

function faultForm() {
  const kind = el("select", { name: "kind" }, Object.entries(KINDS).map(([value, text]) => el("option", { value }, text)));
  const endpoint = el("select", { name: "endpoint" }, ["*", "timpush/push", "timpush/batch", "all_member_push/im_push", "openim/batchsendmsg", "timpush/revoke"].map((value) => el("option", { value }, value)));
  const calls = el("input", { name: "calls", placeholder: t("all, or 1, 3"), inputmode: "numeric" });
  const probability = el("input", { name: "probability", type: "number", min: "1", max: "100", value: "100" });
  const code = el("input", { name: "code", type: "number", value: "91000" });
  const delay = el("input", { name: "delay", type: "number", min: "0", step: "0.5", value: "2" });
  const seed = el("input", { name: "seed", type: "number", value: "0" });
  const labelled = (text, field, wide) => el("label", { class: wide ? "wide" : "" }, text, field);
  const form = el("form", { class: "form" },
    labelled(t("What happens"), kind), labelled(t("Endpoint"), endpoint), labelled(t("Which calls"), calls), labelled(t("Chance, %"), probability),
    labelled(t("Error code"), code), labelled(t("Slow by, s"), delay), labelled(t("Seed of the dice"), seed),
    el("button", { class: "primary" }, t("Add fault")));
  const fit = () => { code.parentElement.hidden = kind.value !== "error"; delay.parentElement.hidden = kind.value !== "slow"; };
  kind.addEventListener("change", fit);
  fit();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    put([...byId("faults").current, {
      kind: kind.value, endpoint: endpoint.value, probability: Number(probability.value) / 100, code: Number(code.value), delay_s: Number(delay.value), seed: Number(seed.value),
      calls: calls.value.split(/[ ,]+/).filter(Boolean).map(Number),
    }]);
  });
  return form;
}

const put = (faults) => send("PUT", "faults", { faults });

function callbacks({ url, newest }) {
  if (!url) return [el("p", { class: "hint" }, t("No URL: start with --callback-url to have events posted."))];
  return [el("p", { class: "hint" }, url), ...newest.slice(-8).reverse().map((each) => el("p", { class: "hint" }, t("{command}: {events}, {result}", { command: each.command, events: few(each.events, "{n} event", "{n} events"), result: each.result })))];
}

async function seed() {
  const { added } = await send("POST", "seed", { count: 1000 });
  toast(few(added, "{n} person added", "{n} people added"));
}

async function reset() {
  if (confirm(t("Forget every push, account and call of this sandbox?"))) await send("POST", "reset");
}
