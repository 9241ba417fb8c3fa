"use strict";
/* The overview: tiles from the live stream, tables asked for every 15 s. All text is set as text, never as markup. */

const KEPT_MS = 5 * 60 * 1000;
const REFRESH_MS = 15000;
const STALE_MS = 10000;
/* Whose memory a limit counts: not of the process alone, so it is no share of the number above it. */
const LIMITED = { cgroup: "container", rlimit: "process", physical: "machine" };
const $ = (id) => document.getElementById(id);
const state = { cursor: 0, points: new Map(), frame: null, overview: null, seenAt: 0, since: "1h", kind: "requests", source: null, poll: 0, turn: 0 };

/* --- words and numbers --- */
const number = (value, digits) => value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
const short = (value) => (value >= 1e6 ? `${number(value / 1e6, 1)} M` : value >= 1e4 ? `${number(value / 1e3, 1)} k` : number(value, 0));
function ms(value) {
  if (value === null || value === undefined) return ["–", ""];
  if (value >= 60000) return [number(value / 60000, 1), "min"];
  if (value >= 1000) return [number(value / 1000, 2), "s"];
  return [number(value, value < 10 ? 2 : value < 100 ? 1 : 0), "ms"];
}
const inMs = (value) => ms(value).join(" ").trim();
const percent = (value, digits = 1) => (value === null || value === undefined ? "–" : `${number(value, value >= 100 ? 0 : digits)} %`);
function bytes(value) {
  if (value === null || value === undefined) return ["–", ""];
  const units = ["B", "KB", "MB", "GB", "TB"];
  let step = 0;
  while (value >= 1024 && step < 4) { value /= 1024; step += 1; }
  return [number(value, value < 10 ? 1 : 0), units[step]];
}
function clock(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? "–" : at.toLocaleTimeString("en-GB");
}

/* --- elements --- */
function make(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
function level(value, warn, bad) {
  if (value === null || value === undefined) return "";
  return value >= bad ? "bad" : value >= warn ? "warn" : "";
}
function part(bar, value) {
  bar.style.setProperty("--part", `${Math.max(0, Math.min(100, value || 0))}%`);
  return bar;
}
function spark(values) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const top = Math.max(...known) * 1.1 || 1;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 40");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const draw = (name, d) => {
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", d);
    svg.append(path);
  };
  const runs = [];
  let run = null;
  values.forEach((value, index) => {
    if (value === null) { run = null; return; }
    if (run === null) { run = []; runs.push(run); }
    run.push([(index * 100) / (values.length - 1), 39 - (value / top) * 36]);
  });
  for (const one of runs.filter((points) => points.length > 1)) {
    const line = one.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");
    draw("under", `M${one[0][0].toFixed(2)} 40L${line}L${one[one.length - 1][0].toFixed(2)} 40Z`);
    draw("spark", `M${line}`);
  }
  return svg;
}
function tile(title, [value, unit], sub, options = {}) {
  const box = make("div", `tile${options.points ? " wide" : ""}${options.second ? " second" : ""}`);
  if (options.level) box.dataset.level = options.level;
  if (options.points) box.append(spark(options.points) || "");
  const shown = make("p", "value", value);
  if (unit) shown.append(make("small", "", unit));
  box.append(make("h2", "", title), shown);
  if (options.gauge !== undefined && options.gauge !== null) box.append(make("div", "gauge", part(make("i"), options.gauge)));
  const line = make("p", "sub", sub);
  line.title = sub;
  box.append(line);
  return box;
}
function table(caption, columns, rows) {
  const head = make("tr", "", ...columns.map(([name, kind]) => {
    const cell = make("th", kind, name);
    cell.scope = "col";
    return cell;
  }));
  const body = rows.map((cells) => make("tr", "", ...cells.map((content, index) => {
    const kind = columns[index][1];
    const cell = make("td", kind.replace(/when|share|wide/g, "").trim(), content);
    return cell;
  })));
  const made = make("table", "", make("thead", "", head), make("tbody", "", ...body));
  made.setAttribute("aria-label", caption);
  return made;
}
function expandable(text, kind) {
  const name = make("button", `name ${kind}`, text);
  name.type = "button";
  name.title = text;
  name.setAttribute("aria-expanded", "false");
  name.addEventListener("click", () => name.setAttribute("aria-expanded", String(name.getAttribute("aria-expanded") !== "true")));
  return name;
}
/* Routes break after a slash. */
const breakable = (route) => make("code", "", ...route.split(/(?<=\/)/).flatMap((piece) => [piece, make("wbr")]));
const endpoint = (method, route) => make("span", "route", make("span", "method", method), breakable(route));
/* The bar compares the rows with each other: the first fills it. The number is the share of all waiting. */
const shareBar = (value, top) => make("span", "bar", make("span", "", part(make("i"), top ? (value * 100) / top : 0)), make("b", "", percent(value)));
const empty = (title, text) => make("p", "empty", make("strong", "", title), text);
const waiting = () => make("div", "waiting", make("i"), make("i"), make("i"));

/* --- drawing --- */
function series(pick) {
  const all = [...state.points.values()].sort((a, b) => a.at_ms - b.at_ms);
  const values = [];
  all.forEach((point, index) => {
    if (index && point.at_ms - all[index - 1].at_ms > 2000) values.push(null); // a gap is a gap, not a line
    values.push(pick(point));
  });
  return values;
}
function drawTiles() {
  const now = state.frame ? state.frame.tiles : {};
  const over = state.overview || {};
  const known = state.frame !== null;
  const rate = now.requests_per_second;
  const memory = over.memory || {};
  const cost = over.own_cost || {};
  const database = over.database || {};
  const used = now.memory_usage_percent ?? memory.usage_percent;
  const full = memory.limit ? `${LIMITED[memory.limit_kind]} ${percent(used, used < 10 ? 1 : 0)} of ${memory.limit.formatted}` : percent(used);
  const costShown = cost.cpu_percent === null || cost.cpu_percent === undefined ? ["–", ""] : [number(cost.cpu_percent, 2), "% CPU"];
  const tiles = [
    tile("Requests per second", known ? [number(rate, rate < 10 ? 2 : rate < 100 ? 1 : 0), "/s"] : ["–", ""], known ? `${now.workers} worker${now.workers === 1 ? "" : "s"}` : "last minute", { points: series((p) => p.requests / 2), second: true }),
    tile("Response time, p95", ms(now.p95_ms), known ? `p50 ${inMs(now.p50_ms)} · p99 ${inMs(now.p99_ms)}` : "last minute", { points: series((p) => p.p95_ms) }),
    tile("Errors", known ? [number(now.error_rate_percent, 2), "%"] : ["–", ""], "last minute", { level: level(now.error_rate_percent, 1, 5) }),
    tile("In the database", database.share_percent === undefined ? ["–", ""] : [number(database.share_percent, 0), "%"], "of waiting, 1 h", { gauge: database.share_percent }),
    tile("Memory", bytes(now.memory_rss_bytes), used === null || used === undefined ? "limit unknown" : full, { gauge: used, level: memory.over_threshold ? "warn" : level(used, 80, 95) }),
    tile("Cost of paceline", costShown, cost.ns_per_request ? `${number(cost.ns_per_request / 1000, cost.ns_per_request < 1e4 ? 1 : 0)} µs a request` : "of one core"),
  ];
  $("tiles").replaceChildren(...tiles);
}
function drawHead() {
  const { service, system, health } = state.overview;
  $("service").textContent = [service, system.environment].filter(Boolean).join(" · ");
  document.title = `${service} – paceline`;
  const worst = health.checks.filter((check) => check.status !== "ok");
  $("health").hidden = false;
  $("health").dataset.state = health.status;
  $("health").textContent = health.status;
  $("health").title = (worst.length ? worst : health.checks).map((check) => `${check.name}: ${check.detail}`).join("\n");
}
function drawEndpoints(stats) {
  const top = Math.max(...stats.slowest_endpoints.map((row) => row.share_percent));
  const rows = stats.slowest_endpoints.map((row) => [
    endpoint(row.method, row.endpoint), short(row.count), inMs(row.average_ms), mark(inMs(row.p95_ms), row.p95_ms > stats.objective_p95_ms), shareBar(row.share_percent, top),
  ]);
  $("endpoints").replaceChildren(rows.length
    ? table("Slowest endpoints", [["Endpoint", ""], ["Requests", "num hide"], ["Average", "num hide"], ["p95", "num"], ["Share", "share"]], rows)
    : empty("No requests in this range", "Send one to the application; it appears here within seconds."));
}
function drawStatements(stats) {
  const top = Math.max(...stats.slowest.map((row) => row.share_percent));
  const rows = stats.slowest.map((row) => {
    const where = [row.route, row.call_site].filter(Boolean).join(" · ");
    const under = make("span", "detail", where);
    under.title = where;
    return [make("span", "", expandable(row.statement || row.fingerprint, "mono"), under), short(row.count), inMs(row.average_ms), inMs(row.p95_ms), shareBar(row.share_percent, top)];
  });
  $("statements").replaceChildren(rows.length
    ? table("Slowest statements", [["Statement", ""], ["Calls", "num hide"], ["Average", "num hide"], ["p95", "num"], ["Share", "share"]], rows)
    : empty("No statements in this range", "Statements are seen when the application runs them through a supported driver."));
}
function drawSlow(page) {
  const requests = state.kind === "requests";
  const rows = page.rows.map((row) => (requests
    ? [clock(row.at), endpoint(row.method, row.route), make("span", row.status >= 500 ? "error" : "", row.status === null ? row.outcome : String(row.status)), String(row.statements), make("span", "slow", inMs(row.duration_ms))]
    : [clock(row.at), expandable(row.statement || row.fingerprint, "mono"), make("span", "", row.route), row.rows === null ? "–" : short(row.rows), make("span", "slow", inMs(row.duration_ms))]));
  const columns = requests
    ? [["Time", "when"], ["Endpoint", "text"], ["Status", "num hide"], ["Statements", "num wide hide"], ["Took", "num"]]
    : [["Time", "when"], ["Statement", "text"], ["Route", "share hide"], ["Rows", "num hide"], ["Took", "num"]];
  $("slow").replaceChildren(rows.length
    ? table("Slow log", columns, rows)
    : empty("Nothing slow in this range", requests ? "No response took longer than the threshold." : "No statement took longer than the threshold."));
}
const mark = (text, over) => make("span", over ? "slow" : "", text);
function drawFoot(stats) {
  const { range } = stats;
  const lines = [`${number(range.n, 0)} requests, ${clock(range.since)} to ${clock(range.until)}`, `${number(stats.slow_requests, 0)} slow (over ${inMs(stats.slow_response_ms)})`, `${number(stats.over_objective_requests, 0)} over the objective of ${inMs(stats.objective_p95_ms)}`];
  const told = (what, counts) => Object.entries(counts).forEach(([name, count]) => lines.push(`${number(count, 0)} ${name} ${what}`));
  told("folded into <other>", range.folded);
  told("dropped", range.dropped);
  $("foot").replaceChildren(...lines.map((line) => make("span", "", line)));
}
function drawFreshness() {
  const age = Date.now() - state.seenAt;
  const stale = state.seenAt > 0 && age > STALE_MS;
  const shown = state.seenAt === 0 ? "waiting" : stale ? "stale" : "live";
  const box = $("freshness");
  const text = state.seenAt === 0 ? "connecting …" : `last update ${Math.max(0, Math.round(age / 1000))} s ago`;
  if (box.lastChild.textContent !== text) box.lastChild.textContent = text;
  box.dataset.state = shown;
  $("tiles").classList.toggle("stale", stale);
}
function complain(text) {
  $("banner").hidden = !text;
  $("banner").textContent = text || "";
}

/* --- asking --- */
async function ask(path) {
  const answer = await fetch(path, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (answer.ok || (path === "health" && answer.status === 503)) return answer.json();
  if (answer.status === 404) throw new Error("This session has ended. Open a new one-time URL of the service.");
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail || `The service answered ${answer.status}.`);
}
async function refresh() {
  const turn = ++state.turn;
  const slow = state.kind === "requests" ? `api/slow-requests?by=execution&limit=15&since=${state.since}` : `database/slow-queries?by=execution&limit=15&since=${state.since}`;
  const parts = [
    ["overview", (found) => { state.overview = found; drawHead(); drawTiles(); }],
    [`api/stats?since=${state.since}`, (found) => { drawEndpoints(found); drawFoot(found); }],
    [`database/stats?since=${state.since}`, drawStatements],
    [slow, drawSlow],
  ];
  const results = await Promise.allSettled(parts.map(async ([path, draw]) => {
    const found = await ask(path);
    if (turn === state.turn) draw(found); // else a newer question is on its way
  }));
  if (turn !== state.turn) return;
  const failed = results.find((one) => one.status === "rejected");
  complain(failed && (failed.reason instanceof TypeError ? "The service cannot be reached. Trying again …" : failed.reason.message));
}
function take(frame) {
  state.frame = frame;
  state.cursor = frame.cursor;
  state.seenAt = Date.now();
  for (const point of frame.points) state.points.set(point.at_ms, point);
  for (const at of state.points.keys()) if (at < frame.cursor - KEPT_MS) state.points.delete(at);
  drawTiles();
  drawFreshness();
}
function listen() {
  hush();
  state.source = new EventSource(`live?cursor=${state.cursor}`);
  state.source.addEventListener("frame", (event) => take(JSON.parse(event.data)));
  state.source.addEventListener("error", () => {
    if (state.source && state.source.readyState === EventSource.CLOSED) poll(); // refused: too many streams, or none possible
  });
}
function poll() {
  hush();
  const once = () => ask("live?poll=1").then(take).catch(() => {});
  state.poll = setInterval(once, 2000);
  once();
}
function hush() {
  if (state.source) state.source.close();
  clearInterval(state.poll);
  state.source = null;
}
function press(group, key, value) {
  for (const button of $(group).querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset[key] === value));
}
function choose(group, key, changed) {
  $(group).addEventListener("click", (event) => {
    const chosen = event.target.dataset[key];
    if (!chosen) return;
    state[key] = chosen;
    press(group, key, chosen);
    changed();
    location.replace(`#since=${state.since}&kind=${state.kind}`);
    refresh();
  });
}

const wanted = new URLSearchParams(location.hash.slice(1));
if (["15m", "1h", "24h"].includes(wanted.get("since"))) state.since = wanted.get("since");
if (wanted.get("kind") === "statements") state.kind = "statements";
press("ranges", "since", state.since);
press("kinds", "kind", state.kind);
choose("ranges", "since", () => ["endpoints", "statements", "slow"].forEach((id) => $(id).replaceChildren(waiting())));
choose("kinds", "kind", () => $("slow").replaceChildren(waiting()));
["endpoints", "statements", "slow"].forEach((id) => $(id).replaceChildren(waiting()));
drawTiles();
refresh();
listen();
setInterval(drawFreshness, 1000);
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { hush(); } else { refresh(); listen(); }
});
