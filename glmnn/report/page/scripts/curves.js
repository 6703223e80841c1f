// A quantity of every solver against its cost: distance, deviance, length, loss. Log scales; an exact 0 has a tick of its own.
function curve(id, field, label, { band = null, show = significant } = {}) {
  picture(id, (canvas, width) => drawCurve(canvas, width, field, label, band, show));
}

// decades, and a place for 0 one step below the smallest
function logScale(values, least = 0) {
  const positive = values.filter((v) => v > least);
  const [first, last] = [Math.log10(d3.min(positive) ?? 1), Math.log10(d3.max(positive) ?? 1)];
  const zero = least === 0 && values.some((v) => v === 0);
  const narrow = last - first < 1.5 && last - first > 0.3; // then 1, 2, 5 are ticks, too
  const low = narrow ? first - 0.06 * (last - first || 1) : Math.floor(first - 0.02);
  const high = last;
  const step = Math.max(1, Math.ceil((Math.ceil(high) - low) / 7));
  const bottom = zero ? low - Math.max(narrow ? 0.2 : 1, step * 0.8) : low;
  const ticks = [];
  for (let k = Math.ceil(high) + 1; k >= low - 1; k -= step) {
    for (const digit of narrow ? [5, 2, 1] : [1]) {
      const tick = k + Math.log10(digit);
      if (tick >= low && tick <= high + (narrow ? 0.06 : 0.35)) ticks.push(tick);
    }
  }
  return { at: (v) => (v > 0 ? Math.log10(v) : v === 0 && zero ? bottom : null), bottom, top: high + (high - low) * 0.05 + (narrow ? 0 : 0.1), ticks: zero ? [...ticks, bottom] : ticks, zero, low };
}

function drawCurve(canvas, width, field, label, band, show) {
  const { unit, c, most } = clock;
  const seen = shownRuns().map((run) => run.state.map((state) => state[field]).filter((v) => v !== null && v !== undefined));
  const y = logScale(seen.flat(), field === "deviance" ? 1e-10 * d3.max(seen.flat()) : 0);
  const height = Math.max(300, Math.min(480, width * 0.86));
  const cost = (state) => state[unit] ?? 0;
  const lines = shownRuns().filter((run) => !run.hollow).map((run) =>
    Plot.line(run.state.filter((state) => state[field] !== null && state[field] !== undefined), {
      x: cost, y: (state) => y.at(state[field]), curve: "step-after", stroke: run.colour, strokeWidth: 1.7,
      strokeDasharray: run.dash, clip: true,
    }));
  const ranges = field !== "distance" ? [] : shownRuns().filter((run) => run.band).map((run) =>
    Plot.areaY(run.band[unit], {
      x: (t) => t, y1: (_, i) => y.at(run.band.low[i]), y2: (_, i) => y.at(run.band.high[i]),
      fill: run.colour, fillOpacity: 0.18, curve: "step-after",
    }));
  const shade = band === null || Math.log10(band) < y.bottom ? [] : [
    Plot.rect([0], { x1: 0, x2: most, y1: y.bottom, y2: Math.min(y.top, Math.log10(band)), fill: "var(--near)" }),
  ];
  const nought = y.zero ? [Plot.ruleY([(y.low + y.bottom) / 2], { stroke: "var(--line)", strokeDasharray: "1 3" })] : [];
  const points = shownRuns().filter((run) => run.hollow).map((run) =>
    Plot.dot(run.state.filter((state) => y.at(state[field] ?? NaN) >= y.bottom), { x: cost, y: (state) => y.at(state[field]), r: 3.5, stroke: run.colour, fill: "var(--panel)" }));
  const stops = field !== "distance" ? [] : shownRuns().filter((run) => run.own_stop?.distance != null).map((run) =>
    Plot.dot([run.own_stop], { x: cost, y: (stop) => y.at(stop.distance), r: 5, fill: run.colour, stroke: "var(--panel)" }));
  const svg = plot(canvas, {
    width, height, marginLeft: 66, marginRight: 22,
    x: axis(UNITS[unit].axis, {
      type: "symlog", constant: c, domain: [0, most], ticks: costTicks(unit, c, most, width - 84), tickFormat: costTick(unit),
    }),
    y: axis(label, {
      domain: [y.bottom, y.top], ticks: y.ticks, grid: true,
      tickFormat: (k) => (y.zero && k === y.bottom ? "0" : show(10 ** k, 1)),
    }),
    marks: [...shade, Plot.frame({ stroke: "var(--line)" }), Plot.gridY(y.ticks, { stroke: "var(--grid)", strokeOpacity: 1 }), ...nought, ...ranges, ...lines, ...points, ...stops],
  });
  return movingRule(svg, field, y);
}

function movingRule(svg, field, y) {
  const [sx, sy] = [svg.scale("x"), svg.scale("y")];
  const layer = d3.select(svg).append("g");
  const rule = layer.append("line").attr("stroke", "var(--ink)").attr("stroke-dasharray", "2 3")
    .attr("y1", sy.apply(y.top)).attr("y2", sy.apply(y.bottom)).node();
  const moving = shownRuns().map((run) => ({
    run,
    points: run.state.map((state) => {
      const at = y.at(state[field] ?? NaN);
      return at === null || !(at >= y.bottom) ? null : [sx.apply(state[clock.unit] ?? 0), sy.apply(at)];
    }),
    marker: symbolOf(layer, run).node(),
  }));
  return () => {
    const x = sx.apply(clock.v);
    rule.setAttribute("x1", x);
    rule.setAttribute("x2", x);
    for (const { run, points, marker } of moving) {
      const k = placeAt(run);
      const point = points[k];
      marker.setAttribute("visibility", point ? "visible" : "hidden");
      if (point) marker.setAttribute("transform", `translate(${ended(run) ? point[0] : x},${point[1]})`);
    }
  };
}

curve("distance", "distance", `standard errors from ${GOAL}`, { band: doc.levels.same });
curve("deviance", "deviance", "deviance");
curve("length", "length", "length of the coefficients");
