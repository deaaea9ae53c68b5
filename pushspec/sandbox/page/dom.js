// Small ways to make elements; text goes in as text, so nothing a push says can become markup.

import { dates, t } from "/page/words.js";

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

// Text of strangers: its own direction, whatever the page's is.
export const said = (tag, text, className) => el(tag, { class: className, dir: "auto" }, text);

export function clockTime(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(dates, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function fullTime(seconds) {
  const moment = new Date(seconds * 1000);
  return moment.toLocaleString(dates, {
    year: moment.getFullYear() === new Date().getFullYear() ? undefined : "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
}

export function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 8;
  return `hue-${sum}`;
}

export function avatar(name, label) {
  const [first] = [...(label || name)];
  return el("span", { class: `avatar ${hue(name)}`, "aria-hidden": "true" }, first.toUpperCase());
}

// Pictures are named, not loaded: the page asks no other host for anything.
export function thumb(url) {
  const name = url.split(/[?#]/)[0].split("/").filter(Boolean).pop() || url;
  return el("span", { class: "thumb", title: url, role: "img", "aria-label": t("picture {url}", { url }) }, `▧ ${name}`);
}

export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const drawn = new Map();

// Whether a part of the page already shows these values: what is not redrawn keeps focus and scroll.
export function unchanged(part, values) {
  const text = JSON.stringify(values);
  if (drawn.get(part) === text) return true;
  drawn.set(part, text);
  return false;
}

let hiding;
export function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, 3500);
}
