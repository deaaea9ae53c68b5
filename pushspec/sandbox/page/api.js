// Talks to the control path, and hears when there is something new.

import { toast } from "/page/dom.js";

export async function get(path) {
  return answer(await fetch(`/sandbox/${path}`));
}

export async function send(method, path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  try {
    return await answer(await fetch(`/sandbox/${path}`, { method, headers, body: JSON.stringify(body) }));
  } catch (error) {
    toast(error.message);
    throw error;
  }
}

async function answer(response) {
  const value = await response.json();
  if (!response.ok) throw new Error(value.error || `HTTP ${response.status}`);
  return value;
}

export function listen(changed, stateChanged) {
  const source = new EventSource("/sandbox/events");
  source.addEventListener("open", () => stateChanged("live"));
  source.addEventListener("error", () => stateChanged("lost"));
  source.addEventListener("changed", (event) => changed(JSON.parse(event.data)));
}
