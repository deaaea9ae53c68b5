// What the page says, in English and in Chinese. What the service and people say is shown as it is.
// A text is written out where it is said, as t("…"), or stands in index.html; here is its Chinese.

const CHINESE = {
  // the document
  "pushspec sandbox": "pushspec 模拟服务",
  "{project} · pushspec sandbox": "{project} · pushspec 模拟服务",
  "sandbox": "模拟服务",
  "The sandbox's time": "模拟服务的时间",
  "connecting": "正在连接",
  "live": "实时",
  "connection lost": "连接已断开",
  "Light or dark": "浅色或深色",
  "Light or dark (t)": "浅色或深色（t）",
  "Keyboard": "键盘",
  "Keyboard (?)": "键盘（?）",
  "Accounts and devices": "账号和设备",
  "Find an account": "查找账号",
  "Devices": "设备",
  "Accounts": "账号",
  "Screens": "屏幕",
  "Lock screens": "锁屏",
  "Chat history": "聊天记录",
  "Calls and controls": "调用和控制",
  "Calls": "调用",
  "Campaigns": "活动",
  "Pushes": "推送",
  "Controls": "控制",
  "Filter: batch, 90024, fault …": "筛选：batch、90024、fault …",
  "Filter calls": "筛选调用",
  "Calls, newest first": "调用，最新的在前",
  "Campaigns of the project": "项目的活动",
  "Views": "视图",
  "People": "用户",
  "find an account": "查找账号",
  "next, previous account": "下一个、上一个账号",
  "people, screens, calls, pushes, controls": "用户、屏幕、调用、推送、控制",
  "filter the calls": "筛选调用",
  "light or dark": "浅色或深色",
  "this list": "本列表",
  "Close": "关闭",

  // people and their phones
  "app {id}": "应用 {id}",
  "200 shown": "显示 200 个",
  "{n} unread": "{n} 条未读",
  "{n} unread messages": "{n} 条未读消息",
  "Nobody by that name.": "没有这个名字的账号。",
  "{n} devices, those with news first": "{n} 台设备，有新通知的在前",
  "There is no such account.": "没有这个账号。",
  "a device nobody has logged in to": "尚无人登录的设备",
  "No device": "没有设备",
  "This account never logged in on a phone.": "此账号从未在手机上登录。",
  "No notifications": "没有通知",
  "badge {n}": "角标 {n}",
  "picture {url}": "图片 {url}",
  "✂ title cut for {vendor}": "✂ 标题按 {vendor} 的限制截断",
  "✂ text cut for {vendor}": "✂ 正文按 {vendor} 的限制截断",
  "online": "在线",
  "push online": "推送在线",
  "offline": "离线",
  "page open": "页面打开",
  "page closed": "页面关闭",
  "logged out": "已退出登录",
  "recalled": "已撤回",
  "recalled too late": "撤回太迟",
  "opened": "已打开",
  "from {sender}": "来自 {sender}",
  "image {url}": "图片 {url}",
  "Tap it": "点击",
  "Status": "状态",
  "app removed": "应用已卸载",
  "app open": "应用已打开",
  "Open page": "打开页面",
  "Open app": "打开应用",
  "Lost": "未达",
  "{n} lost: {why}": "未达 {n}：{why}",

  // chat
  "Chat · {n}": "聊天 · {n}",
  "This message was withdrawn.": "此消息已撤回。",
  "This message expired before it was received.": "此消息在收到之前已过期。",
  "kept until {when}": "保留至 {when}",
  "{n} s": "{n} 秒",
  "🔊 {n}″ voice message": "🔊 {n}″ 语音消息",

  // calls
  "Nothing matches": "没有匹配的调用",
  "No calls yet": "尚无调用",
  "Point a client here, or apply a project:": "让客户端连接到这里，或在项目中执行：",
  "no answer": "没有应答",
  "try": "试发",
  "recall": "撤回",
  "fault on demand: {fault}": "按需故障：{fault}",
  "source: {source}": "来源：{source}",
  "Request": "请求",
  "Answer": "应答",
  "none": "无",

  // pushes and campaigns
  "(no title)": "（无标题）",
  "not sent": "未发送",
  "scheduled": "已托管",
  "task {id} · {whom} · due {when}": "任务 {id} · {whom} · 定于 {when}",
  "task {id} · {whom} · was due {when}": "任务 {id} · {whom} · 原定于 {when}",
  "under way": "进行中",
  "done": "完成",
  "fan-out": "发送进度",
  "{n} accounts": "{n} 个账号",
  "{n} reached": "送达 {n}",
  "{n} lost": "未达 {n}",
  "{n} opened": "打开 {n}",
  "recalled {when}": "已于 {when} 撤回",
  "recalled {when}, replaced by “{title}” where the maker can": "已于 {when} 撤回，在厂商支持时替换为“{title}”",
  "No pushes yet": "尚无推送",
  "Accepted sends appear here with their fan-out.": "已被接受的发送会显示在这里，并带有发送进度。",
  "everyone": "全员",
  "{n} calls": "{n} 次调用",
  "The project has errors": "项目有错误",
  "No campaigns yet": "尚无活动",
  "sent": "已发送",
  "to send": "待发送",
  "to schedule": "待建任务",
  "reschedule": "待改任务",
  "drifted": "有偏差",
  "waiting": "等待中",
  "expired": "已过期",
  "abandoned": "已放弃",
  "frozen": "已冻结",
  "blocked": "已阻止",
  "changed": "改动",
  "in doubt": "存疑",

  // controls
  "Clock": "时钟",
  "stopped": "已停止",
  "real time": "与真实时间同步",
  "{speed}× faster": "{speed} 倍速",
  "1 s": "1 秒",
  "1 min": "1 分钟",
  "1 h": "1 小时",
  "24 h": "24 小时",
  "Quotas and rates": "配额和频率",
  "{used} of {limit}": "{used} / {limit}",
  "next in {seconds} s": "{seconds} 秒后可再次发送",
  "pushes a day": "每天的推送",
  "calls a second": "每秒调用",
  "users a second": "每秒用户",
  "messages a minute": "每分钟消息",
  "Faults": "故障",
  "None: every call is answered as it should be.": "无：每次调用都会得到正常的应答。",
  "Remove: {fault}": "移除：{fault}",
  "{endpoint}: {fault}": "{endpoint}：{fault}",
  "slow answer": "应答缓慢",
  "work done, no answer": "已执行，没有应答",
  "reset before the work": "执行之前断开连接",
  "reset after the work": "执行之后断开连接",
  "cut JSON": "JSON 被截断",
  "error code": "错误码",
  "error {code}": "错误码 {code}",
  "slow, {seconds} s": "应答缓慢，{seconds} 秒",
  ", call {numbers}": "，第 {numbers} 次调用",
  ", {percent} %": "，概率 {percent} %",
  "What happens": "发生什么",
  "Endpoint": "端点",
  "Which calls": "哪些调用",
  "all, or 1, 3": "全部，或 1, 3",
  "Chance, %": "概率，%",
  "Error code": "错误码",
  "Slow by, s": "延迟，秒",
  "Seed of the dice": "随机种子",
  "Add fault": "添加故障",
  "Callbacks": "回调",
  "No URL: start with --callback-url to have events posted.": "没有 URL：以 --callback-url 启动，即可接收事件。",
  "{command}: {events}, {result}": "{command}：{events}，{result}",
  "{n} events": "{n} 个事件",
  "This sandbox": "本模拟服务",
  "public key: {key}": "公开的密钥：{key}",
  "the key is your own": "密钥由你自己设置",
  "Add 1,000 people": "添加 1,000 人",
  "Start over": "重新开始",
  "{n} people added": "已添加 {n} 人",
  "Forget every push, account and call of this sandbox?": "要清除本模拟服务的全部推送、账号和调用吗？",
};

const wanted = new URLSearchParams(location.search).get("lang") || navigator.language;
const chinese = /^zh([-_]|$)/i.test(wanted);
export const inChinese = chinese;

// Whose dates go with the words; the browser's own, where those are not the other language's.
export const dates = chinese ? "zh-CN" : /^zh([-_]|$)/i.test(navigator.language) ? "en" : [];

const inLanguage = (text) => (chinese && CHINESE[text]) || text;

// A text with elements among its values, as a list for el().
export function pieces(text, values = {}) {
  return inLanguage(text).split(/(\{\w+\})/).map((piece) => (piece.startsWith("{") && piece.endsWith("}") ? values[piece.slice(1, -1)] : piece));
}

export const t = (text, values) => pieces(text, values).join("");

// Which of two texts goes with a number {n}; Chinese has only the one for many.
export const form = (n, one, many) => (String(n) === "1" && !chinese ? one : many);

export const few = (n, one, many) => t(form(n, one, many), { n });

// The texts that stand in index.html.
export function translateDocument() {
  if (!chinese) return;
  document.documentElement.lang = "zh-CN";
  document.title = inLanguage(document.title);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data } = walker.currentNode;
    walker.currentNode.data = data.replace(data.trim(), inLanguage(data.trim()));
  }
  for (const name of ["aria-label", "title", "placeholder"]) {
    for (const element of document.body.querySelectorAll(`[${name}]`)) element.setAttribute(name, inLanguage(element.getAttribute(name)));
  }
}
