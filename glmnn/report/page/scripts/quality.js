// How good the fitted means are: calibration and ROC, or residuals and responses against fitted means.
const diagonal = (domain) => Plot.line([[domain[0], domain[0]], [domain[1], domain[1]]], { stroke: "var(--soft)", strokeDasharray: "2 3" });

picture("calibration", (canvas, width) => {
  plot(canvas, {
    width, height: tall(width),
    x: axis("fitted mean", { domain: [0, 1], ticks: 5 }), y: axis("share of ones", { domain: [0, 1], ticks: 5 }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }), diagonal([0, 1]),
      Plot.ruleX(doc.calibration, { x: "mean", y1: "low", y2: "high", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(doc.calibration, { x: "mean", y: "share", r: 4.5, fill: "var(--accent)", stroke: "var(--panel)" }),
    ],
  });
});

picture("roc", (canvas, width) => {
  const { false_positive: fp, true_positive: tp } = doc.roc;
  plot(canvas, {
    width, height: tall(width),
    x: axis("false positive rate", { domain: [0, 1], ticks: 5 }), y: axis("true positive rate", { domain: [0, 1], ticks: 5 }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }), diagonal([0, 1]),
      Plot.line(fp, { x: (v) => v, y: (_, i) => tp[i], stroke: "var(--accent)", strokeWidth: 2.2 }),
    ],
  });
});

function scatter(canvas, width, xs, ys, labels, more, domains = {}) {
  const rows = xs.map((x, i) => ({ x, y: ys[i] })).filter((row) => row.x !== null && row.y !== null);
  plot(canvas, {
    width, height: tall(width), marginLeft: 62,
    x: axis(labels[0], { ticks: width / 80, tickFormat: tick, domain: domains.x ?? padded(d3.extent(rows, (d) => d.x)) }),
    y: axis(labels[1], { ticks: 6, tickFormat: tick, domain: domains.y ?? padded(d3.extent(rows, (d) => d.y)) }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }), ...more,
      Plot.dot(rows, {
        x: "x", y: "y", r: rows.length > 200 ? 2.4 : 3.6, fill: "var(--accent)", fillOpacity: rows.length > 200 ? 0.6 : 0.85, stroke: "var(--panel)", strokeWidth: 0.5,
      }),
    ],
  });
}

picture("residuals", (canvas, width) => {
  const { fitted, residual, kind } = doc.residuals;
  const least = Math.max(2.5, d3.max(residual, (v) => Math.abs(v ?? 0)) * 1.08);
  scatter(canvas, width, fitted, residual, ["fitted mean", `${kind} residual`],
    [Plot.ruleY([0], { stroke: "var(--soft)" }), Plot.ruleY([-1.96, 1.96], { stroke: "var(--soft)", strokeDasharray: "2 3" })],
    { y: [-least, least] });
});

picture("observed", (canvas, width) => {
  const { fitted, observed } = doc.residuals;
  const [x, y] = [padded(d3.extent(fitted)), padded(d3.extent([...fitted, ...observed]))];
  scatter(canvas, width, fitted, observed, ["fitted mean", `observed ${short(doc.model.target, 24)}`], [diagonal(x)], { x, y });
});
