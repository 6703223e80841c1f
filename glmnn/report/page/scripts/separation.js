// Why there is no maximum: the margin of every row along the separating direction.
picture("margin", (canvas, width) => {
  const { rows } = doc;
  const sides = [...new Set(rows.y)].sort(d3.ascending);
  const two = sides.length === 2;
  const marks = rows.margin.map((x, i) => ({ x, y: two ? rows.y[i] : 0.5, i })).filter((row) => row.x !== null);
  const spread = (row) => row.y * 0.56 + 0.12 + 0.2 * ((row.i * 0.618034) % 1); // side by side, so that none hides another
  plot(canvas, {
    width, height: 210, marginLeft: 84,
    x: axis(width > 480 ? "margin along the direction, in its root mean square" : "margin along the direction", { domain: padded(d3.extent([...marks.map((d) => d.x), 0])), ticks: width / 80 }),
    y: axis(null, {
      domain: [0, 1], ticks: two ? [0.22, 0.78] : [], tickSize: 0, tickFormat: (v) => short(`${doc.model.target} = ${significant(sides[v > 0.5 ? 1 : 0])}`, 11),
    }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }),
      Plot.ruleX([0], { stroke: "var(--ink)", strokeWidth: 2 }),
      Plot.dot(marks, { x: "x", y: spread, r: 3, fill: (d) => (rows.y[d.i] === sides[0] && two ? "var(--panel)" : "var(--ink)"), stroke: "var(--ink)" }),
    ],
  });
});
