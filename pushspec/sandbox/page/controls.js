// Clock, quota gauges, faults, pushes under way, and starting over.

import { get, send } from "/page/api.js";
import { byId, el, fullTime, plural, toast, unchanged } from "/page/dom.js";

const KINDS = {
  slow: "slow answer", no_answer: "work done, no answer", reset_before: "reset before the work", reset_after: "reset after the work",
  bad_gateway: "502", cut_json: "cut JSON", error: "error code",
};
const STEPS = { "1 s": 1, "1 min": 60, "1 h": 3600, "24 h": 86400 };
const SPEEDS = { stopped: 0, "1×": 1, "60×": 60, "3600×": 3600 };
let formDrawn = false;

export function drawControls(state) {
  if (!formDrawn) layOut();
  drawGauges(state.gauges);
  drawFaults(state.faults);
  byId("app-hint").replaceChildren(
    `app ${state.app.sdk_app_id} · ${state.app.identifier} · ${plural(state.app.accounts, "account")}`, el("br"),
    `base_url: ${location.origin}`, el("br"),
    state.app.secret_key ? `public key: ${state.app.secret_key}` : "the key is your own");
  byId("callbacks").replaceChildren(...callbacks(state.callbacks));
  for (const button of byId("speeds").children) button.setAttribute("aria-pressed", String(SPEEDS[button.textContent] === state.clock.speed));
}

export function drawClock(now, speed) {
  const words = speed === 0 ? "stopped" : speed === 1 ? "real time" : `${speed}× faster`;
  byId("clock-fact").textContent = `${fullTime(now)}${speed === 1 ? "" : ` · ${words}`}`;
  const big = byId("big-clock");
  if (big) big.replaceChildren(fullTime(now), el("small", {}, words));
}

export function drawPushes(state) {
  const waiting = state.scheduled.map((each) => el("li", {},
    el("div", { class: "row" }, el("b", { dir: "auto" }, each.title || "(no title)"), el("span", { class: `code ${each.error ? "bad" : "none"}` }, each.error ? "not sent" : "scheduled")),
    each.desc ? el("small", { dir: "auto" }, each.desc) : null,
    el("small", {}, `task ${each.task_id} · ${toWhom(each)} · ${each.error ? "was due" : "due"} ${fullTime(each.due_at)}`),
    each.error ? el("p", { class: "hint" }, each.error) : null));
  const pushes = state.pushes.map((each) => el("li", {},
    el("div", { class: "row" }, el("b", { dir: "auto" }, each.title || "(no title)"), el("span", { class: `code ${each.revoked_at ? "none" : ""}` }, each.revoked_at ? "recalled" : each.done < each.total ? "under way" : "done")),
    el("small", {}, `${each.endpoint} · ${fullTime(each.started_at)}${each.condition ? ` · ${condition(each.condition)}` : ""}`),
    el("progress", { max: Math.max(1, each.total), value: each.total ? each.done : 1, "aria-label": "fan-out" }),
    el("div", { class: "tally" }, tally(each.total, each.total === 1 ? "account" : "accounts"), tally(each.reached, "reached"), tally(each.lost, "lost"), tally(each.clicked, "opened")),
    each.losses.length ? el("ul", { class: "lost", "aria-label": "Lost" }, each.losses.map((loss) => el("li", {}, `${loss.count} lost: ${loss.info}`))) : null,
    each.revoked_at ? el("p", { class: "hint" }, `recalled ${fullTime(each.revoked_at)}`, each.replaced_by ? [", replaced by “", el("bdi", {}, each.replaced_by), "” where the maker can"] : null) : null,
    el("code", {}, each.task_id)));
  const none = el("li", { class: "empty" }, el("b", {}, "No pushes yet"), "Accepted sends appear here with their fan-out.");
  byId("pushes").replaceChildren(...(waiting.length + pushes.length ? [...waiting, ...pushes] : [none]));
}

const STATE_LOOK = { sent: "", send: "next", schedule: "next", reschedule: "next", scheduled: "none", drifted: "bad", waiting: "next", expired: "none", frozen: "none", blocked: "bad", changed: "bad", "in doubt": "bad" };

// The campaigns of the project that is served; a plan takes a while, so it is made again only after a call.
export async function loadCampaigns(project, newestCall) {
  byId("tab-campaigns").hidden = !project;
  if (!project || unchanged("campaigns", newestCall)) return;
  const { campaigns, problem } = await get("campaigns");
  const rows = campaigns.map((each) => el("li", {},
    el("div", { class: "row" }, el("b", { dir: "auto" }, each.title || each.key), el("span", { class: `code ${STATE_LOOK[each.state] || ""}` }, each.state)),
    el("small", {}, `${each.key} · ${each.endpoint}${each.state === "send" ? ` · ${each.calls}` : ""}`),
    each.reason ? el("small", {}, each.reason) : null));
  const none = el("li", { class: "empty" }, el("b", {}, problem ? "The project has errors" : "No campaigns yet"), problem || el("code", {}, "pushspec new"));
  byId("campaigns").replaceChildren(...(rows.length ? rows : [none]));
}

function toWhom(task) {
  if (task.condition) return condition(task.condition);
  return task.accounts ? plural(task.accounts, "account") : "everyone";
}

function condition(text) {
  const parts = Object.entries(JSON.parse(text));
  return parts.map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : Object.entries(value).map((pair) => pair.join("=")).join(", ")}`).join(" · ");
}

const tally = (number, word) => el("span", {}, el("b", {}, String(number)), ` ${word}`);

function layOut() {
  formDrawn = true;
  byId("controls-panel").replaceChildren(
    el("section", {}, el("h2", {}, "Clock"), el("div", { class: "big-clock", id: "big-clock" }),
      el("div", { class: "buttons", id: "speeds" }, Object.entries(SPEEDS).map(([text, speed]) => el("button", { type: "button", onclick: () => send("POST", "clock", { speed }) }, text))),
      el("div", { class: "buttons hint" }, Object.entries(STEPS).map(([text, advance]) => el("button", { type: "button", onclick: () => send("POST", "clock", { advance }) }, `+ ${text}`)))),
    el("section", {}, el("h2", {}, "Quotas and rates"), el("div", { id: "gauges" })),
    el("section", {}, el("h2", {}, "Faults"), el("div", { id: "faults" }), faultForm()),
    el("section", {}, el("h2", {}, "Callbacks"), el("div", { id: "callbacks" })),
    el("section", {}, el("h2", {}, "This sandbox"), el("p", { class: "hint", id: "app-hint" }),
      el("div", { class: "buttons hint" },
        el("button", { type: "button", onclick: seed }, "Add 1,000 people"),
        el("button", { type: "button", onclick: reset }, "Start over"))));
}

function drawGauges(gauges) {
  byId("gauges").replaceChildren(...gauges.map((gauge) => {
    const share = gauge.used / gauge.limit;
    const wait = gauge.wait_s > 0 ? ` · next in ${gauge.wait_s.toFixed(1)} s` : "";
    return el("div", { class: "gauge" },
      el("div", { class: "row" }, el("span", {}, gauge.name), el("span", {}, `${gauge.used} of ${gauge.limit}${wait}`)),
      el("progress", { max: gauge.limit, value: gauge.used, class: share >= 1 ? "full" : share >= 0.8 ? "high" : "", "aria-label": gauge.name }));
  }));
}

function drawFaults(faults) {
  if (unchanged("faults", faults)) return;
  byId("faults").replaceChildren(...faults.map((fault, place) => el("div", { class: "fault" },
    el("span", {}, words(fault)),
    el("button", { type: "button", class: "quiet", "aria-label": `Remove: ${words(fault)}`, onclick: () => put(faults.filter((_, other) => other !== place)) }, "✕"))));
  byId("faults").current = faults;
  if (!faults.length) byId("faults").append(el("p", { class: "hint" }, "None: every call is answered as it should be."));
}

function words(fault) {
  const what = fault.kind === "error" ? `error ${fault.code}` : fault.kind === "slow" ? `slow, ${fault.delay_s} s` : KINDS[fault.kind];
  const which = fault.calls.length ? `, call ${fault.calls.join(", ")}` : "";
  const chance = fault.probability < 1 ? `, ${Math.round(fault.probability * 100)} %` : "";
  return `${fault.endpoint}: ${what}${which}${chance}`;
}

function faultForm() {
  const kind = el("select", { name: "kind" }, Object.entries(KINDS).map(([value, text]) => el("option", { value }, text)));
  const endpoint = el("select", { name: "endpoint" }, ["*", "timpush/push", "timpush/batch", "all_member_push/im_push", "openim/batchsendmsg", "timpush/revoke"].map((value) => el("option", { value }, value)));
  const calls = el("input", { name: "calls", placeholder: "all, or 1, 3", inputmode: "numeric" });
  const probability = el("input", { name: "probability", type: "number", min: "1", max: "100", value: "100" });
  const code = el("input", { name: "code", type: "number", value: "91000" });
  const delay = el("input", { name: "delay", type: "number", min: "0", step: "0.5", value: "2" });
  const seed = el("input", { name: "seed", type: "number", value: "0" });
  const labelled = (text, field, wide) => el("label", { class: wide ? "wide" : "" }, text, field);
  const form = el("form", { class: "form" },
    labelled("What happens", kind), labelled("Endpoint", endpoint), labelled("Which calls", calls), labelled("Chance, %", probability),
    labelled("Error code", code), labelled("Slow by, s", delay), labelled("Seed of the dice", seed),
    el("button", { class: "primary" }, "Add fault"));
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
  if (!url) return [el("p", { class: "hint" }, "No URL: start with --callback-url to have events posted.")];
  return [el("p", { class: "hint" }, url), ...newest.slice(-8).reverse().map((each) => el("p", { class: "hint" }, `${each.command}: ${plural(each.events, "event")}, ${each.result}`))];
}

async function seed() {
  const { added } = await send("POST", "seed", { count: 1000 });
  toast(`${added} ${added === 1 ? "person" : "people"} added`);
}

async function reset() {
  if (confirm("Forget every push, account and call of this sandbox?")) await send("POST", "reset");
}
