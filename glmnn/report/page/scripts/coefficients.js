// The forest: every coefficient times the standard deviation of its column, so that rows compare; ratios by a switch.
let asRatios = false;

function forestRows() {
  const { terms } = doc.coefficients;
  const chosen = asRatios
    ? terms.filter((term) => term.ratio && term.scaled).map((term) => ({ ...term.ratio, term, wald: null,
        claimed: term.claimed === null ? null : Math.exp(term.claimed) }))
    : terms.filter((term) => term.scaled).map((term) => ({ ...term.scaled, term, wald: term.scaled_wald, claimed: term.scaled_claimed }));
  return chosen.map((row, place) => ({ ...row, place, known: row.low !== null && row.high !== null }));
}

picture("forest", (canvas, width) => {
  const rows = forestRows();
  const letters = width < 480 ? 18 : 30;
  const names = rows.map((row) => fitting(row.term.label, width * 0.4 - 16, letters));
  const left = 16 + d3.max(names, pixels);
  const unit = asRatios ? 1 : 0;
  const ends = d3.extent(rows.flatMap((row) => [row.low, row.high, row.estimate, row.claimed, unit]).filter((v) => v !== null && (!asRatios || v > 0)));
  const step = rows.length > 14 ? 22 : 28;
  const inside = (v) => Math.max(ends[0], Math.min(ends[1], v));
  const interval = (pick, more) => Plot.ruleY(rows.filter((row) => row.known && pick(row)), {
    y: "place", x1: (row) => inside(pick(row).low), x2: (row) => inside(pick(row).high), ...more,
  });
  plot(canvas, {
    width, height: step * rows.length + 62, marginLeft: left, marginTop: 12,
    x: axis(asRatios ? doc.coefficients.ratios : width - left > 380 ? "effect of one standard deviation on the linear predictor" : "effect of one standard deviation", {
      type: asRatios ? "log" : "linear", domain: asRatios ? ends : padded(ends, 0.04),
      ticks: asRatios ? Math.max(2, (width - left) / 90) : (width - left) / 80, tickFormat: asRatios ? (v) => significant(v, 3) : tick,
    }),
    y: axis(null, {
      domain: [-0.6, rows.length - 0.4], reverse: true, ticks: rows.map((row) => row.place), tickFormat: (k) => names[k] ?? "", tickSize: 0,
    }),
    marks: [
      Plot.ruleX([unit], { stroke: "var(--soft)", strokeDasharray: "2 3" }),
      interval((row) => row.wald, { stroke: "var(--soft)", strokeWidth: 6, strokeOpacity: 0.35 }),
      interval((row) => row, { stroke: "var(--accent)", strokeWidth: 2.2 }),
      Plot.dot(rows, { x: "estimate", y: "place", r: 5, fill: "var(--accent)", stroke: "var(--panel)" }),
      Plot.dot(rows.filter((row) => row.claimed !== null), {
        x: "claimed", y: "place", r: 5.5, symbol: "diamond", fill: "var(--panel)", stroke: "var(--bad)", strokeWidth: 2,
      }),
    ],
  });
});

function startForest() {
  const button = byId("forest-ratios");
  button?.addEventListener("click", () => {
    asRatios = !asRatios;
    button.setAttribute("aria-pressed", asRatios);
    redraw(pictures.find((item) => item.id === "forest"));
  });
}
