// Fitted means of the followed solver against those at the maximum; on the diagonal nothing is left to do.
function drawMeans(canvas, width) {
  const { rows } = doc;
  const domain = padded(d3.extent(rows.mean));
  const svg = plot(canvas, {
    width, height: tall(width), marginLeft: 62,
    x: axis(`mean at ${GOAL}`, { domain, ticks: width / 75, tickFormat: tick }),
    y: axis("mean now", { domain, ticks: 6, tickFormat: tick }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }),
      Plot.line([[domain[0], domain[0]], [domain[1], domain[1]]], { stroke: "var(--soft)", strokeDasharray: "2 3" }),
    ],
  });
  const [x, y] = [svg.scale("x"), svg.scale("y")];
  const path = d3.select(svg).append("path").attr("stroke", "var(--panel)").attr("stroke-width", 0.6).node();
  const known = doc.means.find((item) => item.solver === followed.solver);
  const r = radii(rows.mean.length);
  const now = () => {
    if (known) return known.mean[d3.bisectRight(known.state, placeAt(followed)) - 1];
    const coef = stateAt(followed)?.coef;
    return coef && doc.activation ? etaOf(coef).map(meanOf) : undefined;
  };
  return () => {
    path.setAttribute("fill", followed.colour);
    path.setAttribute("d", (now() ?? []).map((mean, i) => {
      if (mean === null || rows.mean[i] === null) return "";
      return circle(x.apply(rows.mean[i]), y.apply(Math.max(domain[0], Math.min(domain[1], mean))), r[i]);
    }).join(""));
  };
}
