"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
// Told apart without colour by the dashes and the marks.
const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#8a6d00", "#444444", "#3a86c8", "#a03030"];
const DARK = ["#56b4e9", "#ff9e4a", "#4fd6a5", "#e08fd0", "#e0c14a", "#cccccc", "#8ec5ff", "#ff8a8a"];
const DASHES = ["", "7 4", "2 3", "9 3 2 3", "4 2", "1 3", "12 4", "6 2 1 2"];
const off = new Set();
let order = { column: 3, down: true };

const element = (name, attributes, text) => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
};
const cell = (row, text, name = "td") => {
  const made = document.createElement(name);
  made.textContent = text;
  row.append(made);
  return made;
};
const percent = (v) => (100 * v).toFixed(1);
const signed = (v) => (v < 0 ? "−" : "+") + Math.abs(100 * v).toFixed(1);
const UNITS = { cost: ["USD per 1,000 queries", 1000], latency: ["seconds a query", 1], tokens: ["tokens a query", 1] };
const [unit, factor] = UNITS[data.against] || [data.unit + " a query", 1];
const short = (v) => (v === null || v === undefined ? "–" : Number((v * factor).toPrecision(3)).toString());
const interval = (ci) => (ci ? ` [${percent(ci[0])}, ${percent(ci[1])}]` : "");
const drawn = (p) => p.cost > 0 && p.quality !== null;
const group = () => data.groups[at("group").selectedIndex];
const dark = () => document.documentElement.classList.contains("dark");
const ink = (i) => (dark() ? DARK : LIGHT)[i % LIGHT.length];
const stepAt = (router, alpha) => router.points.filter((p) => p.alpha <= alpha + 1e-12).pop() || router.points[0];
const mixWords = (mix) => Object.entries(mix).filter((m) => m[1] > 0.0005).sort((a, b) => b[1] - a[1]).slice(0, 6).map((m) => `${m[0]} ${percent(m[1])} %`).join(", ");

function told(name, p) {
  const alpha = p.alpha === undefined ? "" : ` at alpha ${p.alpha.toFixed(2)}`;
  const mix = mixWords(p.mix);
  return `${name}${alpha}: quality ${percent(p.quality)}${interval(p.ci)}, ${short(p.cost)} ${unit}${mix ? "; " + mix : ""}`;
}

function ticks(low, high) {
  const found = [];
  for (let e = -12; e < 12; e++) for (const m of [1, 2, 5]) {
    const t = m * 10 ** e;
    if (t >= low * 0.999 && t <= high * 1.001) found.push(t);
  }
  return found.length > 9 ? found.filter((t) => /^1(e|0*$|\.?0*$)/.test(String(t)) || /^0\.0*1$/.test(String(t))) : found;
}

function shapeOf(i, x, y, ink) {
  const s = 4.5;
  const ways = [
    () => element("circle", { cx: x, cy: y, r: s }),
    () => element("rect", { x: x - s, y: y - s, width: 2 * s, height: 2 * s }),
    () => element("path", { d: `M${x} ${y - s - 1}l${s + 1} ${2 * s}h${-2 * s - 2}z` }),
    () => element("path", { d: `M${x} ${y + s + 1}l${s + 1} ${-2 * s}h${-2 * s - 2}z` }),
  ];
  const made = ways[i % ways.length]();
  made.setAttribute("fill", Math.floor(i / ways.length) % 2 ? "var(--paper)" : ink);
  made.setAttribute("stroke", ink);
  return made;
}

function spot(made, words) {
  made.classList.add("spot");
  made.setAttribute("tabindex", "0");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", words);
  for (const way of ["mouseenter", "focus"]) made.addEventListener(way, () => { at("tip").textContent = words; });
  return made;
}

// The plane of a group; `big`: with labels, marks to point at, and baselines.
function plane(g, big) {
  const shown = g.routers.map((r, i) => [r, i]).filter(([r]) => !off.has(r.name));
  const narrow = innerWidth < 620;
  const W = !big ? 300 : narrow ? 420 : 960, H = !big ? 220 : narrow ? 380 : 520;
  const left = big ? 52 : 34, right = W - (!big ? 6 : narrow ? 14 : 190), top = big ? 14 : 8, bottom = H - (big ? 46 : 24);
  const svg = element("svg", { viewBox: `0 0 ${W} ${H}`, role: big ? "group" : "img", "aria-label": `${g.label}: quality against ${unit}, logarithmic; the table below has the same figures` });
  const all = [...g.models, ...g.baselines, ...shown.flatMap(([r]) => r.points)].filter(drawn);
  if (!all.length) {
    svg.append(element("text", { x: big ? left : 4, y: 60 }, big ? "No cost is known here, so there is no plane to draw; the table has the qualities." : "no cost is known"));
    return svg;
  }
  let [x0, x1] = [Math.min(...all.map((p) => p.cost)), Math.max(...all.map((p) => p.cost))].map((c) => Math.log(c * factor));
  if (x1 - x0 < 0.2) { x0 -= 0.5; x1 += 0.5; }
  let y0 = Math.min(...all.map((p) => p.quality)), y1 = Math.max(...all.map((p) => p.quality));
  const pad = Math.max(0.01, 0.05 * (y1 - y0));
  y0 = Math.max(0, y0 - pad); y1 = Math.min(1, y1 + pad);
  const px = (c) => left + ((Math.log(c * factor) - x0) / (x1 - x0)) * (right - left - 16) + 8;
  const py = (q) => bottom - ((q - y0) / (y1 - y0)) * (bottom - top);
  const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((s) => (y1 - y0) / s < (big ? 9 : 5)) || 0.5;
  for (let t = Math.ceil(y0 / step) * step; t <= y1 + 1e-9; t += step) {
    svg.append(element("path", { d: `M${left} ${py(t)}H${right}`, class: "grid" }), element("text", { x: left - 7, y: py(t) + 4, "text-anchor": "end" }, String(Number((100 * t).toFixed(1)))));
  }
  let used = -99;
  for (const t of ticks(Math.exp(x0), Math.exp(x1))) {
    const x = px(t / factor);
    if (!big && x - used < 44) continue;
    used = x;
    svg.append(element("path", { d: `M${x} ${bottom}v5`, class: "axis" }), element("text", { x, y: bottom + 19, "text-anchor": "middle" }, Number(t.toPrecision(2)).toString()));
  }
  svg.append(element("path", { d: `M${left} ${top}V${bottom}H${right}`, class: "axis" }));
  if (big) svg.append(element("text", { x: (left + right) / 2, y: H - 8, "text-anchor": "middle", class: "soft" }, `${unit}, logarithmic`));
  if (big) svg.append(element("text", { transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", class: "soft" }, "quality, points of 100"));
  if (g.frontier.length > 1) svg.append(element("path", { d: "M" + g.frontier.filter((p) => p[0] > 0).map((p) => `${px(p[0])} ${py(p[1])}`).join("L"), class: "axis", "stroke-dasharray": "3 4" }));
  const marks = [];
  for (const [r, i] of shown) {
    const points = r.points.filter(drawn);
    if (!points.length) continue;
    const banded = points.filter((p) => p.ci);
    if (banded.length > 1) {
      const clip = (q) => Math.min(bottom, Math.max(top, py(q)));
      const upper = banded.map((p) => `${px(p.cost)} ${clip(p.ci[1])}`), lower = banded.map((p) => `${px(p.cost)} ${clip(p.ci[0])}`).reverse();
      if (big) svg.append(element("path", { d: "M" + [...upper, ...lower].join("L") + "z", fill: ink(i), opacity: shown.length > 4 ? 0.07 : 0.13 }));
    }
    svg.append(element("path", { d: "M" + points.map((p) => `${px(p.cost)} ${py(p.quality)}`).join("L"), fill: "none", stroke: ink(i), "stroke-width": 2, "stroke-dasharray": DASHES[i % DASHES.length] }));
    if (!big) continue;
    // Marks where the curve has gone far enough from the last one, and at its ends.
    let last = [-99, -99];
    points.forEach((p, k) => {
      const [x, y] = [px(p.cost), py(p.quality)];
      if (k && k + 1 < points.length && Math.hypot(x - last[0], y - last[1]) < 26) return;
      last = [x, y];
      marks.push({ x, y });
      svg.append(spot(shapeOf(i, x, y, ink(i)), told(r.name, p)));
    });
  }
  for (const p of big ? g.baselines.filter(drawn) : []) {
    const [x, y] = [px(p.cost), py(p.quality)];
    marks.push({ x, y });
    svg.append(spot(element("path", { d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`, stroke: "var(--soft)", fill: "none", "stroke-width": 1.6 }), told(p.name, p)));
  }
  const models = g.models.filter(drawn).map((p) => ({ p, x: px(p.cost), y: py(p.quality) }));
  for (const { p, x, y } of models) {
    if (!big) {
      svg.append(element("path", { d: `M${x} ${y - 3.5}l3.5 3.5l-3.5 3.5l-3.5 -3.5z`, stroke: "var(--ink)", fill: "var(--paper)" }));
      continue;
    }
    svg.append(spot(element("path", { d: `M${x} ${y - 6}l6 6l-6 6l-6 -6z`, stroke: "var(--ink)", fill: "var(--paper)", "stroke-width": 1.6 }), told(p.name, p)));
  }
  if (big) named(svg, models, marks, [left, right, top, bottom]);
  if (big && !narrow) {
    const ends = shown.filter(([r]) => r.points.some(drawn)).map(([r, i]) => ({ name: r.name, i, p: r.points.filter(drawn).pop() })).sort((a, b) => b.p.quality - a.p.quality || a.i - b.i);
    let y = -99;
    const gap = Math.min(17, (bottom - top) / Math.max(ends.length, 1));
    const wanted = ends.map((e) => (y = Math.max(py(e.p.quality), y + gap)));
    const over = Math.max(0, (wanted[wanted.length - 1] || 0) - bottom);
    ends.forEach((e, k) => {
      const to = wanted[k] - over;
      svg.append(element("path", { d: `M${px(e.p.cost) + 7} ${py(e.p.quality)}L${right + 10} ${to}`, stroke: ink(e.i), "stroke-width": 0.6, fill: "none" }));
      svg.append(shapeOf(e.i, right + 16, to, ink(e.i)), element("text", { x: right + 26, y: to + 4 }, e.name.length > 20 ? e.name.slice(0, 19) + "…" : e.name));
    });
  }
  return svg;
}

// Names of single models beside their marks, where they touch no mark and no other name.
function named(svg, models, marks, [left, right, top, bottom]) {
  const taken = [...models, ...marks].map(({ x, y }) => [x - 7, y - 7, x + 7, y + 7]);
  const free = (b) => b[0] > left && b[2] < right && b[1] > top && b[3] < bottom && taken.every((o) => b[2] < o[0] || b[0] > o[2] || b[3] < o[1] || b[1] > o[3]);
  for (const { p, x, y } of models) {
    const width = 6.6 * p.name.length;
    for (const [dx, dy, anchor] of [[10, 4, "start"], [-10, 4, "end"], [0, -11, "middle"], [0, 21, "middle"], [7, 21, "end"], [-7, 21, "start"], [7, -11, "end"], [-7, -11, "start"]]) {
      const from = x + dx - { start: 0, end: width, middle: width / 2 }[anchor];
      const box = [from, y + dy - 11, from + width, y + dy + 3];
      if (!free(box)) continue;
      taken.push(box);
      svg.append(element("text", { x: x + dx, y: y + dy, "text-anchor": anchor, class: "soft name" }, p.name));
      break;
    }
  }
}

function picture() {
  at("picture").replaceChildren(plane(group(), true));
  if (data.groups.length < 2) return;
  at("beside").hidden = false;
  at("groups").replaceChildren(...data.groups.map((g, i) => {
    const made = document.createElement("button");
    made.type = "button";
    made.setAttribute("aria-pressed", String(i === at("group").selectedIndex));
    made.append(g.label, plane(g, false));
    made.addEventListener("click", () => { at("group").selectedIndex = i; switches(); draw(); at("groups").children[i].focus(); });
    return made;
  }));
}

function mix() {
  const g = group(), alpha = Number(at("alpha").value);
  at("alpha-at").textContent = alpha.toFixed(2);
  const rows = g.routers.filter((r) => !off.has(r.name) && r.points.length).map((r) => [r, stepAt(r, alpha)]);
  const models = [...new Set(rows.flatMap(([, p]) => Object.keys(p.mix)))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const table = at("mix");
  table.replaceChildren();
  const head = table.createTHead().insertRow();
  ["router", "quality", unit, ...models].forEach((t) => { cell(head, t, "th").scope = "col"; });
  const body = table.createTBody();
  for (const [r, p] of rows) {
    const row = body.insertRow();
    cell(row, r.name);
    cell(row, p.quality === null ? "–" : percent(p.quality));
    cell(row, short(p.cost));
    for (const m of models) {
      const share = p.mix[m] || 0;
      const made = cell(row, share > 0 ? percent(share) + " " : "");
      if (share > 0) {
        const bar = document.createElement("span");
        bar.className = "bar";
        bar.style.width = (share * 3).toFixed(2) + "rem";
        made.append(bar);
      }
    }
  }
}

function figures() {
  const g = group();
  const columns = ["name", "kind", "quality", "against best-single", "verdict", "AIQ", unit];
  const rows = [];
  for (const r of g.routers) {
    if (off.has(r.name) || !r.points.length) continue;
    const p = r.points[r.points.length - 1];
    rows.push([r.name, r.oracle ? "oracle" : "router at alpha " + p.alpha.toFixed(2), [p.quality, p.quality === null ? "–" : percent(p.quality) + interval(p.ci)], [r.diff, r.diff === null ? "–" : signed(r.diff) + (r.diff_ci ? ` [${signed(r.diff_ci[0])}, ${signed(r.diff_ci[1])}]` : "")], r.verdict || "", [r.aiq, r.aiq === null ? "–" : percent(r.aiq)], [p.cost, short(p.cost)]]);
  }
  const plain = (kind) => (p) => rows.push([p.name, kind, [p.quality, p.quality === null ? "–" : percent(p.quality) + interval(p.ci)], [null, ""], "", [null, ""], [p.cost, short(p.cost)]]);
  g.models.forEach(plain("model"));
  g.baselines.forEach(plain("baseline"));
  const key = (c) => (Array.isArray(c) ? c[0] : c);
  const direction = order.down ? -1 : 1;
  rows.sort((a, b) => {
    const [x, y] = [key(a[order.column]), key(b[order.column])];
    if (x === null || x === undefined || x === "") return y === null || y === undefined || y === "" ? 0 : 1;
    if (y === null || y === undefined || y === "") return -1;
    return direction * (typeof x === "number" ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true }));
  });
  const table = at("figures");
  table.replaceChildren();
  const head = table.createTHead().insertRow();
  columns.forEach((name, i) => {
    const made = cell(head, "", "th");
    made.scope = "col";
    made.setAttribute("aria-sort", order.column === i ? (order.down ? "descending" : "ascending") : "none");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name + (order.column === i ? (order.down ? " ▾" : " ▴") : "");
    button.addEventListener("click", () => { order = { column: i, down: order.column === i ? !order.down : i > 1 }; figures(); at("figures").querySelectorAll("button")[i].focus(); });
    made.append(button);
  });
  const body = table.createTBody();
  for (const r of rows) {
    const row = body.insertRow();
    r.forEach((c) => cell(row, Array.isArray(c) ? c[1] : c));
  }
}

function switches() {
  const box = at("routers");
  box.querySelectorAll("label").forEach((l) => l.remove());
  group().routers.forEach((r) => {
    const label = document.createElement("label"), input = document.createElement("input");
    input.type = "checkbox";
    input.checked = !off.has(r.name);
    input.addEventListener("change", () => { input.checked ? off.delete(r.name) : off.add(r.name); draw(); });
    label.append(input, " " + r.name);
    box.append(label);
  });
  box.hidden = group().routers.length < 2;
}

function draw() { picture(); mix(); figures(); }

data.groups.forEach((g) => at("group").append(new Option(g.n === null ? g.label : `${g.label} (${g.n})`)));
at("group-label").hidden = data.groups.length < 2;
at("group").addEventListener("change", () => { switches(); draw(); });
at("alpha").addEventListener("input", mix);
at("theme").addEventListener("click", () => {
  const now = document.documentElement.classList.toggle("dark");
  at("theme").textContent = now ? "Light" : "Dark";
  picture();
});
if (matchMedia("(prefers-color-scheme: dark)").matches) at("theme").click();
let waiting;
addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(picture, 150); });
if (data.groups.length) { switches(); draw(); }
