// The learning rate and its limit, and how many steps each direction takes for one more digit.
picture("rate", (canvas, width) => {
  const { lr, limit, best, shrinks } = doc.pace;
  const most = 1.28 * Math.max(limit, lr ?? 0);
  const zones = [
    { x1: 0, x2: shrinks, text: "every direction shrinks", fill: "var(--zone-good)" },
    { x1: shrinks, x2: limit, text: "steepest zigzags", fill: "var(--zone-careful)" },
    { x1: limit, x2: most, text: "diverges", fill: "var(--zone-bad)" },
  ];
  const fits = (zone) => ((zone.x2 - zone.x1) / most) * (width - 32) > 6.4 * zone.text.length;
  const near = lr !== null && (Math.abs(lr - best) / most) * (width - 32) < 110;
  plot(canvas, {
    width, height: 150, marginLeft: 16, marginTop: 46,
    x: axis("learning rate", { domain: [0, most], ticks: width / 80, tickFormat: (v) => significant(v, 3) }),
    y: { axis: null, domain: [0, 1] },
    marks: [
      Plot.rect(zones, { x1: "x1", x2: "x2", y1: 0, y2: 1, fill: "fill" }),
      Plot.text(zones.filter(fits), { x: (d) => (d.x1 + d.x2) / 2, y: 0.2, text: "text", fill: "var(--ink)" }),
      Plot.ruleX([best], { stroke: "var(--ink)", strokeDasharray: "2 3", strokeWidth: 1.5 }),
      Plot.text([best], { x: (d) => d, y: 1, dy: near ? -26 : -10, text: () => `best ${significant(best, 3)}`, fill: "var(--soft)" }),
      ...(lr === null ? [] : [
        Plot.ruleX([lr], { stroke: "var(--ink)", strokeWidth: 3 }),
        Plot.text([lr], { x: (d) => d, y: 1, dy: -10, text: () => `used ${significant(lr, 3)}`, fill: "var(--ink)", fontWeight: 600, textAnchor: lr < most * 0.1 ? "start" : "middle" }),
      ]),
    ],
  });
});

const MOST_DIRECTIONS = 12;
picture("steps", (canvas, width) => {
  const { curvature, steps } = doc.pace;
  const all = curvature.map((value, i) => ({ value, steps: steps[i], place: i }));
  const half = MOST_DIRECTIONS / 2; // the steepest and the flattest, where there are many
  const rows = (all.length <= MOST_DIRECTIONS ? all : [...all.slice(0, half), ...all.slice(-half)]).map((row, place) => ({ ...row, place }));
  const most = d3.max(rows, (row) => row.steps) || 1;
  const finite = rows.filter((row) => row.steps !== null);
  const never = rows.filter((row) => row.steps === null);
  plot(canvas, {
    width, height: 26 * rows.length + 56, marginLeft: 128, marginTop: 6, marginRight: 54,
    x: axis("steps for a factor of ten", { domain: [0, most], ticks: (width - 180) / 70 }),
    y: axis(null, {
      domain: [-0.5, rows.length - 0.5], reverse: true, ticks: rows.map((row) => row.place), tickSize: 0,
      tickFormat: (k) => (rows[k] ? `curvature ${significant(rows[k].value, 3)}` : ""),
    }),
    marks: [
      Plot.rect(finite, { x1: 0, x2: "steps", y1: (d) => d.place - 0.32, y2: (d) => d.place + 0.32, fill: "var(--accent)" }),
      Plot.rect(never, { x1: 0, x2: most, y1: (d) => d.place - 0.32, y2: (d) => d.place + 0.32, fill: "var(--zone-bad)" }),
      Plot.text(finite, { x: "steps", y: "place", dx: 6, textAnchor: "start", text: (d) => significant(d.steps, 3), fill: "var(--ink)" }),
      Plot.text(never, { x: 0, y: "place", dx: 8, textAnchor: "start", text: () => "never", fill: "var(--bad)", fontWeight: 600 }),
    ],
  });
});
