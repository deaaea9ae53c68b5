// Chat history: each message's elements as an app would show them.

import { avatar, byId, el, fullTime, pretty, said, thumb, unchanged } from "/page/dom.js";
import { t } from "/page/words.js";

const GONE = { withdrawn: t("This message was withdrawn."), expired: t("This message expired before it was received.") };

export function drawChat(messages) {
  const place = byId("chat");
  place.hidden = !messages || !messages.length;
  if (place.hidden || unchanged("chat", messages)) return;
  place.replaceChildren(el("h2", {}, t("Chat · {n}", { n: messages.length })), ...messages.map(bubble));
}

function bubble(message) {
  const gone = GONE[message.state];
  const parts = gone ? [gone] : message.body.map(part);
  const waiting = message.expires_at ? ` · ${t("kept until {when}", { when: fullTime(message.expires_at) })}` : "";
  return el("div", { class: gone ? "bubble gone" : "bubble" },
    avatar(message.from),
    el("div", { class: "said", dir: "auto" }, parts),
    el("div", { class: "meta" }, `${message.from} · ${fullTime(message.at)} · ${message.endpoint}${waiting}`));
}

function part({ MsgType: type, MsgContent: content }) {
  switch (type) {
    case "TIMTextElem":
      return said("div", content.Text, "part");
    case "TIMLocationElem":
      return said("div", `📍 ${content.Desc || ""} ${content.Latitude ?? ""} ${content.Longitude ?? ""}`, "part");
    case "TIMFaceElem":
      return said("div", `☺ ${content.Data || content.Index || ""}`, "part");
    case "TIMImageElem":
      return el("div", { class: "part" }, thumb((content.ImageInfoArray[0] || {}).URL || content.UUID));
    case "TIMVideoFileElem":
      return el("div", { class: "part media" }, thumb(content.ThumbUrl), `▶ ${t("{n} s", { n: content.VideoSecond || 0 })}`);
    case "TIMSoundElem":
      return el("div", { class: "part" }, t("🔊 {n}″ voice message", { n: content.Second || 0 }));
    case "TIMFileElem":
      return said("div", `📄 ${content.FileName || content.Url}`, "part");
    default:
      return el("div", { class: "part" }, content.Desc ? said("div", content.Desc) : null, el("pre", {}, pretty(content.Data || "")));
  }
}
