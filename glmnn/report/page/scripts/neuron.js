// Inside the neuron: rows on the activation, and the error of each, which backpropagation sends back.
function etaOf(coef) {
  const { X, offset } = doc.rows;
  return X.map((row, i) => row.reduce((sum, x, j) => sum + x * coef[j], offset?.[i] ?? 0));
}

// from the table of the activation, which is evenly spaced
function meanOf(eta) {
  const { z, mean } = doc.activation;
  const place = ((eta - z[0]) / (z.at(-1) - z[0])) * (z.length - 1);
  const k = Math.max(0, Math.min(z.length - 2, Math.floor(place)));
  const [low, high] = [mean[k], mean[k + 1]];
  if (low === null || high === null) return null;
  return low + (high - low) * Math.max(0, Math.min(1, place - k));
}

const circle = (x, y, r) => `M${(x - r).toFixed(1)},${y.toFixed(1)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`;

// larger marks where there are more trials
function radii(count) {
  const { weight } = doc.rows;
  const plain = count > 120 ? 2.6 : count > 40 ? 3.4 : 4.6;
  if (!weight) return Array(count).fill(plain);
  const most = d3.max(weight) || 1;
  return weight.map((w) => Math.round(10 * (2 + 4 * Math.sqrt(Math.max(0, w) / most))) / 10);
}

picture("neuron", (canvas, width) => {
  const { activation, rows } = doc;
  const known = activation.mean.map((mean, i) => ({ z: activation.z[i], mean })).filter((d) => d.mean !== null);
  const ys = rows.y.filter((y) => y !== null);
  const [least, most] = d3.extent([...ys, ...(rows.mean ?? []), ...(doc.model.binary ? [0, 1] : [])]);
  const spare = (most - least) * 0.04 || 1;
  const domain = [least - spare, most + spare];
  const height = Math.max(300, Math.min(440, width * 0.78));
  const svg = plot(canvas, {
    width, height, marginLeft: 62,
    x: axis("linear predictor: weighted sum of the inputs", { domain: d3.extent(activation.z), ticks: width / 75, tickFormat: tick }),
    y: axis("mean: output of the neuron", { domain, ticks: 6, tickFormat: tick }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }),
      Plot.line(known, { x: "z", y: "mean", stroke: "var(--soft)", strokeWidth: 1.6, clip: true }),
    ],
  });
  const [x, y] = [svg.scale("x"), svg.scale("y")];
  const r = radii(rows.y.length);
  const layer = d3.select(svg).append("g");
  const path = (attributes) => {
    const made = layer.append("path");
    for (const [name, value] of Object.entries(attributes)) made.attr(name, value);
    return made.node();
  };
  const [thin, opaque] = rows.y.length > 60 ? [0.9, 0.6] : [1.6, 1];
  const up = path({ class: "stem", stroke: "var(--pull-up)", "stroke-width": thin, "stroke-opacity": opaque });
  const down = path({ class: "stem", stroke: "var(--pull-down)", "stroke-width": thin, "stroke-opacity": opaque });
  const hollow = path({ fill: "var(--panel)", stroke: "var(--ink)", "stroke-width": 1.2 });
  const filled = path({ fill: "var(--ink)", stroke: "var(--panel)", "stroke-width": 0.7 });
  const inside = (v, [low, high]) => Math.max(low, Math.min(high, v));
  const ends = d3.extent(activation.z);
  return () => {
    const state = stateAt(followed);
    const parts = { up: "", down: "", hollow: "", filled: "" };
    if (state?.coef) {
      etaOf(state.coef).forEach((eta, i) => {
        const mean = meanOf(eta);
        if (mean === null || rows.y[i] === null) return;
        const [px, pm, py] = [x.apply(inside(eta, ends)), y.apply(inside(mean, domain)), y.apply(inside(rows.y[i], domain))];
        parts[py < pm ? "up" : "down"] += `M${px.toFixed(1)},${pm.toFixed(1)}V${py.toFixed(1)}`;
        parts[doc.model.binary && rows.y[i] === 0 ? "hollow" : "filled"] += circle(px, pm, r[i]);
      });
    }
    up.setAttribute("d", parts.up);
    down.setAttribute("d", parts.down);
    hollow.setAttribute("d", parts.hollow);
    filled.setAttribute("d", parts.filled);
  };
});
