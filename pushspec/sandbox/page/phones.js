// Lock screens: one phone a device, drawn as its vendor draws them.

import { send } from "/page/api.js";
import { byId, clockTime, el, fullTime, said, thumb, unchanged } from "/page/dom.js";
import { t } from "/page/words.js";

const STACKED = new Set(["oppo", "fcm"]);
const STATUSES = { online: t("online"), push_online: t("push online"), offline: t("offline") };
const BROWSER = { online: t("page open"), push_online: t("page closed"), offline: t("logged out") };
let appName = "Demo";
const seen = new Set();
const open = new Set();

export function nameApp(name) {
  appName = name || "Demo";
}

export function drawPhones(devices, now) {
  if (unchanged("phones", [devices, clockTime(now), appName])) return;
  const first = seen.size === 0;
  const place = byId("phones");
  const scrolled = place.scrollLeft;
  place.replaceChildren(...devices.map((device) => phone(device, now, first)));
  place.scrollLeft = scrolled;
  if (!devices.length) place.append(el("p", { class: "empty" }, el("b", {}, t("No device")), t("This account never logged in on a phone.")));
}

function phone(device, now, first) {
  const shown = device.notifications.filter((each) => each.state !== "lost" && !each.silent);
  const lost = device.notifications.filter((each) => each.state === "lost");
  const cards = shown.map((each) => card(each, device, first));
  const screen = el("div", { class: "screen" },
    el("div", { class: "hole" }),
    el("div", { class: "statusbar" }, el("span", {}, clockTime(now)), el("span", { class: "signals" }, "5G", el("i", { class: "battery" }))),
    face(device, now),
    el("div", { class: "cards" }, cards.length ? cards : el("p", { class: "nothing" }, t("No notifications"))),
    el("div", { class: "dock" }, icon(device.badge)));
  return el("article", { class: "device", "aria-label": `${device.vendor_name} ${device.model}` },
    el("div", { class: "phone", "data-vendor": device.vendor }, screen),
    caption(device, lost));
}

function face(device, now) {
  const locale = device.language;
  const date = new Date(now * 1000);
  let day;
  try {
    day = date.toLocaleDateString(locale, { weekday: "long", month: "long", day: "numeric" });
  } catch {
    day = date.toDateString();
  }
  const time = clockTime(now);
  return el("div", { class: "face" },
    el("div", { class: "date", dir: "auto" }, day),
    el("div", { class: "time" }, STACKED.has(device.vendor) ? time.replace(":", "\n") : time));
}

function icon(badge) {
  return el("span", { class: "app-icon" }, el("img", { src: "/page/icon.svg", alt: "" }),
    badge ? el("b", { class: "badge", "aria-label": t("badge {n}", { n: badge }) }, String(badge)) : null);
}

function card(each, device, first) {
  const fresh = !first && !seen.has(each.id);
  seen.add(each.id);
  const expanded = open.has(each.id);
  const classes = ["card", each.state, each.overwritten && "recalled", each.big_text && "big", fresh && "fresh"];
  const button = el("button", { type: "button", class: classes.filter(Boolean).join(" "), "aria-expanded": String(expanded) },
    icon(0),
    el("span", { class: "app" }, el("span", {}, appName), el("time", {}, clockTime(each.at))),
    each.title ? said("span", each.title, "title") : null,
    each.sub_title ? said("span", each.sub_title, "sub") : null,
    each.desc ? said("span", each.desc, "desc") : null,
    each.image ? thumb(each.image) : null,
    notes(each, device));
  const slot = el("div", { class: "slot" }, button, expanded ? more(each) : null);
  button.addEventListener("click", () => {
    open[expanded ? "delete" : "add"](each.id);
    const again = card(each, device, true);
    slot.replaceWith(again);
    again.firstChild.focus();
  });
  return slot;
}

function notes(each, device) {
  const vendor = device.vendor_name;
  const words = [
    each.title_cut && ["cut", t("✂ title cut for {vendor}", { vendor })],
    each.desc_cut && ["cut", t("✂ text cut for {vendor}", { vendor })],
    each.channel === "online" && ["", t("online")],
    each.overwritten && ["", t("recalled")],
    each.revoked_at && !each.overwritten && ["", t("recalled too late")],
    each.state === "clicked" && ["", t("opened")],
    each.level && ["", each.level],
  ].filter(Boolean);
  return words.length ? el("span", { class: "notes" }, words.map(([kind, text]) => el("span", { class: `note ${kind}` }, text))) : null;
}

function more(each) {
  const lines = [`${each.endpoint} · ${fullTime(each.at)} · ${t("from {sender}", { sender: each.from })}`, each.task_id];
  if (each.ext) lines.push(`ext ${each.ext}`);
  if (each.image) lines.push(t("image {url}", { url: each.image }));
  const tap = () => send("POST", `notifications/${each.id}/click`);
  return el("div", { class: "more" }, lines.map((line) => el("span", { dir: "ltr" }, line)),
    each.state === "reached" ? el("button", { type: "button", class: "tap", onclick: tap }, t("Tap it")) : null);
}

function caption(device, lost) {
  const reasons = new Map();
  for (const each of lost) reasons.set(each.info, (reasons.get(each.info) || 0) + 1);
  const status = el("select", { "aria-label": t("Status") },
    Object.entries(device.vendor === "web" ? BROWSER : STATUSES).map(([value, text]) => el("option", { value, selected: device.status === value }, text)));
  status.addEventListener("change", () => send("PATCH", `devices/${device.id}`, { status: status.value }));
  return el("div", { class: "caption" },
    device.account ? el("div", {}, el("a", { href: `#/account/${encodeURIComponent(device.account)}` }, said("b", device.nick || device.account))) : null,
    el("div", { class: "row" },
      el("span", {}, el("b", {}, `${device.vendor_name} `), el("small", {}, device.model)),
      status),
    el("div", { class: "row" },
      el("small", {}, `${device.language} · ${device.vendor === "web" ? device.system_version : `SDK ${device.sdk}`}${device.uninstalled ? ` · ${t("app removed")}` : device.foreground ? ` · ${t("app open")}` : ""}`),
      el("button", { type: "button", onclick: () => send("POST", `devices/${device.id}/open`) }, device.vendor === "web" ? t("Open page") : t("Open app"))),
    reasons.size ? el("ul", { class: "lost", "aria-label": t("Lost") }, [...reasons].map(([why, count]) => el("li", {}, t("{n} lost: {why}", { n: count, why })))) : null);
}
