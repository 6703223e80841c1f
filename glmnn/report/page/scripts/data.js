// In the data: the fitted curve or the line of 50 % of every solver, or means now against those at the maximum.
const DRAWN = { curve: drawCurves, line: drawLines, means: drawMeans };
if (doc.in_data) picture("data", (canvas, width) => DRAWN[doc.in_data.kind](canvas, width));

const column = (j) => doc.rows.X.map((row) => row[j]);
function padded([low, high], share = 0.05) {
  const spare = (high - low) * share || Math.abs(low) * share || 1;
  return [low - spare, high + spare];
}
const tall = (width) => Math.max(300, Math.min(440, width * 0.78));

function rowMarks(layer, x, y, xs, ys, isFilled) {
  const r = radii(xs.length);
  const marks = { true: "", false: "" };
  xs.forEach((v, i) => {
    if (v !== null && ys[i] !== null) marks[isFilled(i)] += circle(x.apply(v), y.apply(ys[i]), r[i]);
  });
  layer.append("path").attr("d", marks.false).attr("fill", "var(--panel)").attr("stroke", "var(--ink)").attr("stroke-width", 1.2);
  layer.append("path").attr("d", marks.true).attr("fill", "var(--ink)").attr("stroke", "var(--panel)").attr("stroke-width", 0.7);
}
const isOne = (i) => !doc.model.binary || doc.rows.y[i] === 1;

function clippedTo(svg, [x1, y1, x2, y2]) {
  const layer = d3.select(svg).append("g");
  layer.append("clipPath").attr("id", "data-clip").append("rect").attr("x", x1).attr("y", y1).attr("width", x2 - x1).attr("height", y2 - y1);
  return layer.append("g").attr("clip-path", "url(#data-clip)");
}

function solverLines(layer) {
  return shownRuns().map((run) => ({
    run,
    path: layer.append("path").attr("fill", "none").attr("stroke", run.colour).attr("stroke-width", 2)
      .attr("stroke-dasharray", run.dash).node(),
  }));
}
const atMaximum = () => doc.coefficients?.terms.map((term) => term.estimate);

function drawCurves(canvas, width) {
  const [j] = doc.in_data.columns;
  const k = doc.in_data.intercept;
  const xs = column(j);
  const height = tall(width);
  const domain = padded(d3.extent(xs));
  const yDomain = padded(d3.extent([...doc.rows.y, ...(doc.model.binary ? [0, 1] : [])]));
  const svg = plot(canvas, {
    width, height, marginLeft: 62,
    x: axis(fitting(doc.model.shown[j], width - 90), { domain, ticks: width / 75, tickFormat: tick }),
    y: axis(fitting(doc.model.target, width - 90), { domain: yDomain, ticks: 6, tickFormat: tick }),
    marks: [Plot.frame({ stroke: "var(--line)" })],
  });
  const [x, y] = [svg.scale("x"), svg.scale("y")];
  const steps = d3.range(81).map((i) => domain[0] + ((domain[1] - domain[0]) * i) / 80);
  const line = (coef) => pathOf(steps.flatMap((v) => {
    const mean = meanOf((k === null ? 0 : coef[k]) + coef[j] * v);
    return mean === null ? [] : [`${x.apply(v).toFixed(1)},${Math.max(-1e5, Math.min(1e5, y.apply(mean))).toFixed(1)}`];
  }));
  const layer = clippedTo(svg, [x.apply(domain[0]), y.apply(yDomain[1]), x.apply(domain[1]), y.apply(yDomain[0])]);
  rowMarks(layer, x, y, xs, doc.rows.y, isOne);
  const best = atMaximum();
  if (best) layer.append("path").attr("d", line(best)).attr("fill", "none").attr("stroke", "var(--ink)").attr("stroke-dasharray", "2 3");
  return movedLines(solverLines(layer), line);
}

function movedLines(moving, line) {
  return () => {
    for (const { run, path } of moving) {
      const state = stateAt(run);
      path.setAttribute("d", state?.coef?.every((b) => b !== null) ? line(state.coef) : "");
    }
  };
}

function drawLines(canvas, width) {
  const { columns: [i, j], intercept: k, eta } = doc.in_data;
  const [xs, ys] = [column(i), column(j)];
  const [dx, dy] = [padded(d3.extent(xs)), padded(d3.extent(ys))];
  const svg = plot(canvas, {
    width, height: tall(width), marginLeft: 62,
    x: axis(fitting(doc.model.shown[i], width - 90), { domain: dx, ticks: width / 75, tickFormat: tick }),
    y: axis(fitting(doc.model.shown[j], width - 90), { domain: dy, ticks: 6, tickFormat: tick }),
    marks: [Plot.frame({ stroke: "var(--line)" })],
  });
  const [x, y] = [svg.scale("x"), svg.scale("y")];
  const box = [x.apply(dx[0]), y.apply(dy[1]), x.apply(dx[1]), y.apply(dy[0])];
  const inside = clippedTo(svg, box);
  const ground = tintedGround(inside, box);
  const line = (coef) => lineOf((k === null ? 0 : coef[k]) - eta, coef[i], coef[j], dx, dy, x, y);
  if (doc.separation) {
    inside.append("path").attr("d", line(doc.separation.direction)).attr("stroke", "var(--soft)").attr("stroke-width", 9).attr("stroke-opacity", 0.45);
  }
  rowMarks(inside, x, y, xs, ys, isOne);
  const best = atMaximum();
  if (best) inside.append("path").attr("d", line(best)).attr("stroke", "var(--ink)").attr("stroke-width", 1.5).attr("stroke-dasharray", "2 3");
  const move = movedLines(solverLines(inside), line);
  const [sx, sy] = [(box[2] - box[0]) / (dx[1] - dx[0]), (box[1] - box[3]) / (dy[1] - dy[0])]; // pixels per unit
  return () => {
    move();
    const coef = stateAt(followed)?.coef;
    if (!coef) return ground(null);
    const [gx, gy] = [coef[i] / sx, coef[j] / sy];
    const here = (k === null ? 0 : coef[k]) + coef[i] * dx[0] + coef[j] * dy[0] - eta;
    ground(gx, gy, here, box);
  };
}

// the line c + a x + b y = 0 across the frame, along its longer side
function lineOf(c, a, b, dx, dy, x, y) {
  const steep = Math.abs(a) * (dx[1] - dx[0]) > Math.abs(b) * (dy[1] - dy[0]);
  if (a === 0 && b === 0) return "";
  const ends = steep ? dy.map((v) => [-(c + b * v) / a, v]) : dx.map((v) => [v, -(c + a * v) / b]);
  return pathOf(ends.map(([u, v]) => `${x.apply(u).toFixed(1)},${y.apply(v).toFixed(1)}`));
}

// the mean depends on the linear predictor alone, so a gradient of colour across the line shows it
function tintedGround(layer, box) {
  const { z } = doc.activation;
  const gradient = layer.append("linearGradient").attr("id", "data-ground").attr("gradientUnits", "userSpaceOnUse");
  const [low, high] = [Math.max(z[0], -5), Math.min(z.at(-1), 5)];
  for (const share of d3.range(0, 1.001, 0.1)) {
    const there = meanOf(doc.in_data.eta + low + (high - low) * share) ?? 0.5;
    gradient.append("stop").attr("offset", share)
      .attr("stop-color", there < 0.5 ? "var(--ground-nought)" : "var(--ground-one)").attr("stop-opacity", Math.abs(2 * there - 1).toFixed(3));
  }
  const rect = layer.append("rect").attr("x", box[0]).attr("y", box[1]).attr("width", box[2] - box[0])
    .attr("height", box[3] - box[1]).attr("fill", "url(#data-ground)");
  return (gx, gy, here) => {
    const size = gx === null ? 0 : gx * gx + gy * gy;
    rect.attr("visibility", size > 0 ? "visible" : "hidden");
    if (!(size > 0)) return;
    const at = (eta) => [box[0] + (gx * (eta - here)) / size, box[3] + (gy * (eta - here)) / size];
    const [[x1, y1], [x2, y2]] = [at(low), at(high)];
    gradient.attr("x1", x1).attr("y1", y1).attr("x2", x2).attr("y2", y2);
  };
}
