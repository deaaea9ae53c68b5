// Ties the page together: what is selected, what is shown, keyboard, theme, and live updates.

import { get, listen } from "/page/api.js";
import { forgetCalls, loadCalls, watchFilter } from "/page/calls.js";
import { drawChat } from "/page/chat.js";
import { drawClock, drawControls, drawPushes, loadCampaigns } from "/page/controls.js";
import { avatar, byId, clockTime, el, said, unchanged } from "/page/dom.js";
import { drawPhones, nameApp } from "/page/phones.js";
import { few, t, translateDocument } from "/page/words.js";

const VIEWS = ["people", "screens", "calls", "pushes", "controls"];
const TABS = ["calls", "campaigns", "pushes", "controls"];
let people = [];
let clock = { now: Date.now() / 1000, speed: 1, at: performance.now() };
let makers = {};
let marks = {};
let busy = false;
let again = false;

const now = () => clock.now + ((performance.now() - clock.at) / 1000) * clock.speed;

function selected() {
  const [, kind, name] = location.hash.match(/^#\/(account|group)\/(.+)$/) || [];
  return kind ? { kind, name: decodeURIComponent(name) } : null;
}

const select = (kind, name) => { location.hash = `#/${kind}/${encodeURIComponent(name)}`; };

// One refresh at a time; what changes meanwhile leads to one more.
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    do {
      again = false;
      await refreshOnce();
    } while (again);
  } finally {
    busy = false;
  }
}

async function refreshOnce() {
  const state = await get("state");
  clock = { ...state.clock, at: performance.now() };
  if (state.marks.calls < (marks.calls || 0)) forgetCalls();
  marks = state.marks;
  makers = Object.fromEntries(state.groups.map((group) => [group.vendor, group.name]));
  nameApp(state.app.project);
  byId("project").textContent = state.app.project || "pushspec";
  document.title = state.app.project ? t("{project} · pushspec sandbox", { project: state.app.project }) : t("pushspec sandbox");
  byId("app-fact").textContent = t("app {id}", { id: state.app.sdk_app_id });
  drawGroups(state.groups);
  drawControls(state);
  drawPushes(state);
  drawClock(now(), clock.speed);
  await Promise.all([loadPeople(), loadCalls(), loadScreens(), loadCampaigns(state.app.project, state.marks.calls)]);
}

async function loadPeople() {
  const search = encodeURIComponent(byId("search").value.trim());
  people = (await get(`accounts?search=${search}&limit=200`)).accounts;
  if (!selected() && people.length) {
    history.replaceState(null, "", `#/account/${encodeURIComponent(await whoGotMost())}`);
    await loadScreens();
    drawPeople();
    byId("people").querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    return;
  }
  drawPeople();
}

// The page opens on whoever has most to show, who need not be among the people listed; else on a person with a name.
async function whoGotMost() {
  const { account } = await get("most");
  return account || (people.find((person) => person.kind === "UserID") || people[0]).account;
}

function drawPeople() {
  const current = selected();
  byId("people-count").textContent = people.length >= 200 ? t("200 shown") : String(people.length);
  byId("people").replaceChildren(...people.map((person) => {
    const chosen = current?.kind === "account" && current.name === person.account;
    const item = el("li", { class: "person", role: "option", id: `person-${person.account}`, "aria-selected": String(chosen), onclick: () => { select("account", person.account); show("screens"); } },
      avatar(person.account, person.nick),
      said("b", person.nick || person.account),
      person.last_at ? el("time", {}, clockTime(person.last_at)) : el("span"),
      said("small", [person.nick && person.nick !== person.account ? person.account : "", person.vendors.map((vendor) => makers[vendor] || vendor).join(", ") || person.kind].filter(Boolean).join(" · ")),
      person.unread ? el("span", { class: "unread", "aria-label": t("{n} unread", { n: person.unread }) }, String(person.unread)) : null);
    if (chosen) byId("people").setAttribute("aria-activedescendant", item.id);
    return item;
  }));
  if (!people.length) byId("people").append(el("li", { class: "empty" }, t("Nobody by that name.")));
}

function drawGroups(groups) {
  const current = selected();
  if (unchanged("groups", [groups, current])) return;
  byId("groups").replaceChildren(...groups.filter((group) => group.devices).map((group) => el("li", {},
    el("button", { type: "button", "aria-pressed": String(current?.kind === "group" && current.name === group.vendor), onclick: () => { select("group", group.vendor); show("screens"); } },
      group.name, el("span", {}, String(group.devices))))));
}

async function loadScreens() {
  const current = selected();
  if (!current) return;
  if (current.kind === "group") await loadGroup(current.name);
  else await loadAccount(current.name);
}

async function loadGroup(vendor) {
  const { devices } = await get(`groups/${encodeURIComponent(vendor)}?limit=12`);
  byId("who").replaceChildren(el("div", {}, el("h2", {}, devices[0]?.vendor_name || vendor), el("p", {}, few(devices.length, "{n} device, those with news first", "{n} devices, those with news first"))));
  drawPhones(devices, now());
  drawChat(null);
}

async function loadAccount(name) {
  let found;
  try {
    found = await get(`inbox/${encodeURIComponent(name)}?limit=40`);
  } catch {
    byId("who").replaceChildren(el("div", {}, el("h2", {}, name), el("p", {}, t("There is no such account."))));
    byId("phones").replaceChildren();
    drawChat(null);
    return;
  }
  const attributes = Object.entries(found.attributes).map(([key, value]) => el("span", { class: "chip attribute", dir: "auto" }, `${key} `, el("b", {}, value)));
  byId("who").replaceChildren(
    avatar(found.account, found.nick),
    el("div", {}, said("h2", found.nick || found.account), el("p", {}, [found.nick && found.nick !== found.account ? found.account : "", found.kind === "UserID" ? "" : t("a device nobody has logged in to"), few(found.unread, "{n} unread message", "{n} unread messages")].filter(Boolean).join(" · "))),
    el("div", { class: "chips" }, found.tags.map((tag) => el("span", { class: "chip", dir: "auto" }, `# ${tag}`)), attributes));
  drawPhones(found.devices, now());
  drawChat(found.messages);
}

function show(view) {
  document.body.dataset.view = view;
  const place = view === "campaigns" ? "calls" : view; // on a phone they are beside the calls
  for (const button of document.querySelectorAll(".bottom button")) {
    if (button.dataset.show === place) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  if (TABS.includes(view)) showTab(view);
}

// Another person's phones begin at their top, not where the last ones were left.
function toTop() {
  document.querySelector(".stage").scrollTop = 0;
  byId("phones").scrollLeft = 0;
}

function showTab(view) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.id === `tab-${view}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function move(step) {
  const place = people.findIndex((person) => person.account === selected()?.name);
  const next = people[Math.min(people.length - 1, Math.max(0, place + step))];
  if (!next) return;
  select("account", next.account);
  byId(`person-${next.account}`)?.scrollIntoView({ block: "nearest" });
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  drawThemeButton();
}

function drawThemeButton() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  byId("theme").textContent = dark ? "☀" : "☾";
}

const KEYS = {
  "/": () => { show("people"); byId("search").focus(); },
  f: () => { show("calls"); byId("calls-filter").focus(); },
  j: () => move(1),
  k: () => move(-1),
  t: theme,
  "?": () => byId("keys").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && typing) { typing.blur(); return; }
  if (typing || byId("keys").open) return;
  const view = VIEWS[Number(event.key) - 1];
  if (view) { event.preventDefault(); show(view); focusView(view); } else if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
}

function focusView(view) {
  const places = { people: "people", screens: "phones", campaigns: "tab-campaigns", calls: "tab-calls", pushes: "tab-pushes", controls: "tab-controls" };
  byId(places[view]).focus({ preventScroll: true });
}

function onArrow(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  move(event.key === "ArrowDown" ? 1 : -1);
}

function onTabArrow(event) {
  const tabs = [...document.querySelectorAll("[role=tab]:not([hidden])")];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  show(next.id.replace("tab-", ""));
  next.focus();
}

function start() {
  translateDocument();
  const saved = localStorage.getItem("theme");
  if (saved) document.documentElement.dataset.theme = saved;
  drawThemeButton();
  byId("theme").addEventListener("click", theme);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("search").addEventListener("input", () => loadPeople());
  byId("people").addEventListener("keydown", onArrow);
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => show(tab.id.replace("tab-", "")));
    tab.addEventListener("keydown", onTabArrow);
  }
  for (const button of document.querySelectorAll(".bottom button")) button.addEventListener("click", () => show(button.dataset.show));
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => { toTop(); drawPeople(); refresh(); });
  watchFilter();
  const words = { live: t("live"), lost: t("connection lost"), waiting: t("connecting") };
  listen(refresh, (state) => { byId("live").dataset.state = state; byId("live").textContent = words[state]; });
  setInterval(() => drawClock(now(), clock.speed), 500);
}

start();
