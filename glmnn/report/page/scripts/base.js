// The document, the solvers and how they look, and what every picture needs to draw.
const doc = JSON.parse(document.getElementById("document").textContent);
const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const reduced = matchMedia("(prefers-reduced-motion: reduce)");

const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2", "9 3 2 3 2 3"];
const SYMBOLS = [
  d3.symbolCircle, d3.symbolSquare2, d3.symbolTriangle2, d3.symbolDiamond2, d3.symbolCross, d3.symbolStar,
  d3.symbolWye, d3.symbolX,
];
// control and bidirectional characters are shown as escapes, long names are cut
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
const visible = (text) =>
  String(text).replace(HIDDEN, (letter) => `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}`);

// what distances are measured from: a penalised estimate is no maximum likelihood estimate
const GOAL = doc.model.goal.startsWith("maximum") ? "the maximum" : `the ${visible(doc.model.goal)}`;
const UNITS = {
  iteration: { key: "iterations", axis: "iterations", show: (v) => `iteration ${integer(v)}` },
  passes: { key: "passes", axis: "passes over the data", show: (v) => `${significant(v, 3)} passes` },
  seconds: { key: "seconds", axis: "time of the solver alone", show: (v) => `time ${duration(v)}` },
};

// the states of a run as objects; coefficients that were left out are those before
function statesOf(run) {
  const columns = Object.entries(run.states).filter(([, values]) => values);
  let coef = null;
  return run.states.iteration.map((_, place) => {
    const state = Object.fromEntries(columns.map(([name, values]) => [name, values[place]]));
    coef = state.coef = state.coef ?? coef;
    return state;
  });
}
const runs = doc.runs.map((run, place) => {
  const state = statesOf(run);
  return {
    ...run, place, state, on: true,
    hollow: run.kind === "restarted",
    colour: `var(--solver-${place % 8})`,
    dash: DASHES[place % 8],
    symbol: d3.symbol(SYMBOLS[place % 8], 70)(),
    at: Object.fromEntries(Object.keys(UNITS).map((unit) => [unit, state.map((one) => one[unit] ?? Infinity)])),
  };
});
const shownRuns = () => runs.filter((run) => run.on);
let followed = runs.find((run) => run.solver !== "fisher" && run.kind === "path") ?? runs[0];

const integer = (v) => Math.floor(v).toLocaleString("en-US");

// as Python writes {v:.{digits}g}, with thousands separated and no zeros at the end
function significant(v, digits = 4) {
  if (v === null || v === undefined) return "–";
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size >= 1e7 || size < 1e-3) {
    return v.toExponential(digits - 1).replace(/\.?0*e\+?/, "e").replace(/^-/, "−");
  }
  const rounded = Number(v.toPrecision(digits));
  return rounded.toLocaleString("en-US", { maximumSignificantDigits: digits }).replace("-", "−");
}

// at an axis: 62,000 as 62k
const tick = (v) => (Math.abs(v) >= 1e4 ? d3.format("~s")(v).replace("-", "−") : significant(v));

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const [factor, name] = seconds >= 0.9995 ? [1, "s"] : seconds >= 0.9995e-3 ? [1e3, "ms"] : [1e6, "µs"];
  return `${significant(seconds * factor, 3)} ${name}`;
}

function short(text, most = 40) {
  const letters = [...visible(text)];
  if (letters.length <= most) return letters.join("");
  const tail = Math.floor((most - 1) / 2); // names of a family differ at their ends
  return `${letters.slice(0, most - 1 - tail).join("")}…${letters.slice(-tail).join("")}`;
}

const ink = document.createElement("canvas").getContext("2d");

// how wide a text is at an axis
function pixels(text) {
  ink.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return ink.measureText(text).width;
}

// a text cut to what fits, for letters differ in width
function fitting(text, room, most = 40) {
  return d3.range(most, 2, -1).map((letters) => short(text, letters)).find((cut) => pixels(cut) <= room) ?? "…";
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// a number is drawn on a symmetric log scale with a true 0: position and value of one another
const symlog = (v, c) => Math.log1p(v / c);
const symexp = (s, c) => c * Math.expm1(s);

function costTicks(unit, c, most, width) {
  const ticks = [0];
  const first = unit === "seconds" ? 10 ** Math.ceil(Math.log10(c)) : 1;
  for (let tick = first; tick <= most * 1.0001; tick *= 10) ticks.push(tick);
  const room = symlog(most, c) / width; // per pixel; a tick too near to 0 would be written over it
  while (ticks.length > 2 && symlog(ticks[1], c) / room < (unit === "seconds" ? 34 : 14)) ticks.splice(1, 1);
  const keep = Math.max(1, Math.ceil((ticks.length * 62) / width));
  return ticks.filter((_, place) => place === 0 || (place - 1) % keep === 0);
}
const costTick = (unit) => (v) => (unit === "seconds" ? (v === 0 ? "0" : duration(v)) : v >= 1e7 ? significant(v) : integer(v));

// ---- pictures: draw() makes what stands still and returns what moves with the clock
const pictures = [];
function picture(id, draw) {
  const figure = byId(id);
  if (figure) pictures.push({ id, figure, canvas: figure.querySelector(".canvas"), draw, move: () => {} });
}

function redraw(item) {
  const width = Math.floor(item.canvas.clientWidth);
  if (width < 40) return;
  item.width = width;
  item.move = item.draw(item.canvas, width) ?? (() => {});
  item.move();
}

function plot(canvas, options) {
  const svg = Plot.plot({
    marginTop: 10, marginRight: 16, marginBottom: 40, marginLeft: 54,
    ...options,
    style: { background: "transparent", color: "var(--soft)", fontSize: "12px", fontFamily: "inherit", overflow: "visible" },
  });
  svg.setAttribute("role", "img");
  const figure = canvas.closest("figure");
  svg.setAttribute("aria-label", figure.dataset.label);
  canvas.replaceChildren(svg);
  return svg;
}

const axis = (label, more = {}) => ({ label, labelArrow: "none", labelAnchor: "center", tickSize: 4, ...more });
const pathOf = (points) => (points.length ? `M${points.join("L")}` : "");
const symbolOf = (layer, run) =>
  layer.append("path").attr("class", "marker").attr("data-solver", run.place).attr("d", run.symbol)
    .attr("fill", run.hollow ? "var(--panel)" : run.colour).attr("stroke", run.hollow ? run.colour : "var(--panel)")
    .attr("stroke-width", run.hollow ? 2 : 1.5);
