// Paths over the log-likelihood: contours in standard errors, the 95 % region, the path and marker of every solver.
const LEFT = 64; // pixels for what stands at the axis
let view = 0;

function contours(plane, shown) {
  const { gx, gy } = shown;
  const n = gx.length;
  const known = shown.rise.filter((v) => v !== null);
  const far = 10 * (d3.max(known) || 1);
  const rise = shown.rise.map((v) => (v === null ? far : v));
  const box = { width: n, height: n, x1: gx[0], x2: gx[n - 1], y1: gy[0], y2: gy[n - 1] };
  const levels = plane.levels.filter((level) => level <= d3.max(known));
  const marks = [
    Plot.contour(rise, {
      ...box, fill: Plot.identity, thresholds: [-1, ...levels], stroke: "var(--contour)", strokeWidth: 0.6, clip: true,
    }),
  ];
  if (known.length < rise.length) {
    const outside = shown.rise.map((v) => +(v === null));
    marks.push(Plot.contour(outside, { ...box, fill: "var(--nowhere)", thresholds: [0.5], clip: true }));
  }
  marks.push(Plot.contour(rise, {
    ...box, fill: "none", stroke: "var(--ink)", strokeWidth: 1.3, strokeDasharray: "5 3", thresholds: [plane.region], clip: true,
  }));
  return [marks, levels];
}

// where a contour crosses the horizontal line through the maximum, its name can be read
function contourNames(plane, shown, levels) {
  const { gx, gy } = shown;
  const row = d3.minIndex(gy, (y) => Math.abs(y - plane.best[1]));
  const line = shown.rise.slice(row * gx.length, (row + 1) * gx.length);
  const names = [];
  for (const level of levels) {
    const place = gx.findIndex((x, i) => i > 0 && x > plane.best[0] && line[i - 1] !== null && line[i - 1] < level && line[i] >= level);
    if (place > 0 && gx[place] < shown.x[1]) names.push({ x: gx[place], y: gy[row], text: String(level) });
  }
  const apart = (shown.x[1] - shown.x[0]) / 14;
  return names.filter((name, i) => i === 0 || name.x - names[i - 1].x > apart);
}

picture("plane", (canvas, width) => {
  const { plane } = doc;
  const shown = plane.views[view];
  const [marks, levels] = contours(plane, shown);
  const height = Math.max(300, Math.min(480, width * 0.86));
  const shades = [0, ...plane.levels].map((_, i) => `var(--ground-${Math.min(i, 8)})`);
  const svg = plot(canvas, {
    width, height, marginLeft: LEFT,
    x: axis(fitting(plane.labels[0], width - 90), { domain: shown.x, nice: false, ticks: Math.max(3, width / 75), tickFormat: tick }),
    y: axis(fitting(plane.labels[1], width - 90), { domain: shown.y, nice: false, ticks: 7, tickFormat: tick }),
    color: { type: "threshold", domain: plane.levels, range: shades },
    marks: [
      ...marks,
      Plot.frame({ stroke: "var(--line)" }),
      Plot.text(contourNames(plane, shown, levels), {
        x: "x", y: "y", text: "text", fill: "var(--ink)", stroke: "var(--ground-1)", strokeWidth: 4, fontSize: 11,
      }),
      Plot.dot([plane.best], { x: "0", y: "1", symbol: "plus", r: 8, stroke: "var(--ink)", strokeWidth: 2.2 }),
      ...(doc.claim?.xy ? [Plot.dot([doc.claim.xy], { x: "0", y: "1", symbol: "diamond", r: 8, fill: "var(--panel)", stroke: "var(--bad)", strokeWidth: 2.5, clip: true })] : []),
      ...ownStops(),
    ],
  });
  return movingPaths(svg, width, height);
});

// where a library that was restarted ends by its own rule, at its defaults
const ownStops = () => shownRuns().filter((run) => run.own_stop?.xy).map((run) =>
  Plot.dot([run.own_stop.xy], { x: "0", y: "1", r: 5, fill: run.colour, stroke: "var(--panel)", clip: true }));

function movingPaths(svg, width, height) {
  const [x, y] = [svg.scale("x"), svg.scale("y")];
  const layer = d3.select(svg).append("g").attr("fill", "none");
  const clipped = "plane-clip";
  layer.append("clipPath").attr("id", clipped).append("rect").attr("x", LEFT).attr("y", 10)
    .attr("width", width - LEFT - 16).attr("height", height - 50);
  const inside = layer.append("g").attr("clip-path", `url(#${clipped})`).attr("stroke-linejoin", "round");
  const moving = shownRuns().map((run) => {
    const first = run.state.findIndex((state) => state.xy);
    const pixels = run.state.map((state) => state.xy && [x.apply(state.xy[0]), y.apply(state.xy[1])]);
    const written = pixels.map((point) => point && `${point[0].toFixed(1)},${point[1].toFixed(1)}`);
    const ends = (k) => written.slice(Math.max(first, 0), k + 1).filter(Boolean);
    inside.append("path").attr("d", run.hollow ? "" : pathOf(ends(written.length)))
      .attr("stroke", run.colour).attr("stroke-width", 1).attr("stroke-opacity", 0.35);
    const halo = inside.append("path").attr("stroke", "var(--panel)").attr("stroke-width", 4.5).attr("stroke-opacity", 0.7).node();
    const path = inside.append("path").attr("stroke", run.colour).attr("stroke-width", 2.2).node();
    return { run, pixels, ends, halo, path, marker: null };
  });
  for (const item of moving) item.marker = symbolOf(inside, item.run).node();
  return () => {
    for (const { run, pixels, ends, halo, path, marker } of moving) {
      const k = placeAt(run);
      const line = run.hollow ? "" : pathOf(k < 0 ? [] : ends(k));
      halo.setAttribute("d", line);
      path.setAttribute("d", line);
      const point = pixels[k];
      marker.setAttribute("visibility", point ? "visible" : "hidden");
      if (point) marker.setAttribute("transform", `translate(${point[0]},${point[1]})`);
    }
  };
}

function startPlane() {
  const button = byId("plane-view");
  button?.addEventListener("click", () => {
    view = 1 - view;
    button.setAttribute("aria-pressed", view === 1);
    redraw(pictures.find((item) => item.id === "plane"));
  });
}
