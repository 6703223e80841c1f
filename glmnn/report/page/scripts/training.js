// How a network was trained: its loss in and out of sample, its folds, its means beside those of the GLM.
picture("loss", (canvas, width) => {
  const { training } = doc;
  const { loss, epoch, kept, glm_loss } = training;
  const values = loss.flatMap((look) => [look.loss, look.held_out]).filter((v) => v !== null);
  const y = logScale([...values, glm_loss].filter((v) => v !== null));
  const seen = loss.filter((look) => look.loss !== null);
  const most = d3.max(loss, (look) => look.update);
  const held = loss.filter((look) => look.held_out !== null);
  const narrow = y.top - y.low < 2;
  const at = narrow ? (v) => v : y.at;
  const domain = narrow ? padded(d3.extent([...values, glm_loss].filter((v) => v !== null))) : [y.bottom, y.top];
  plot(canvas, {
    width, height: tall(width), marginLeft: 62, marginRight: 22,
    x: axis(`updates (one pass over the rows: ${integer(epoch)})`, {
      type: "symlog", constant: 1, domain: [0, most], ticks: costTicks("iteration", 1, most, width - 84), tickFormat: integer,
    }),
    y: axis("mean loss", { domain, ticks: narrow ? 6 : y.ticks, tickFormat: (k) => tick(narrow ? k : 10 ** k) }),
    marks: [
      Plot.frame({ stroke: "var(--line)" }),
      ...(glm_loss === null ? [] : [Plot.ruleY([at(glm_loss)], { stroke: "var(--soft)", strokeDasharray: "9 3 2 3", strokeWidth: 1.5 })]),
      Plot.ruleX([kept], { stroke: "var(--ink)", strokeDasharray: "2 3" }),
      Plot.line(seen, { x: "update", y: (look) => at(look.loss), stroke: "var(--solver-0)", strokeWidth: 2 }),
      Plot.line(held, { x: "update", y: (look) => at(look.held_out), stroke: "var(--solver-1)", strokeWidth: 2, strokeDasharray: "7 3" }),
    ],
  });
});

picture("folds", (canvas, width) => {
  const rows = doc.training.folds.map((fold, place) => ({ ...fold, place: place + 1 })).filter((fold) => fold.glm !== null && fold.network !== null);
  plot(canvas, {
    width, height: 26 * rows.length + 70, marginLeft: 66,
    x: axis("deviance per row held out", { domain: padded(d3.extent(rows.flatMap((row) => [row.glm, row.network]))), ticks: width / 80, tickFormat: tick }),
    y: axis(null, { domain: [0.4, rows.length + 0.6], reverse: true, ticks: rows.map((row) => row.place), tickSize: 0, tickFormat: (k) => `fold ${k}` }),
    marks: [
      Plot.ruleY(rows, { y: "place", x1: "glm", x2: "network", stroke: "var(--line)", strokeWidth: 2 }),
      Plot.dot(rows, { x: "glm", y: "place", r: 5, stroke: "var(--solver-1)", strokeWidth: 2, fill: "var(--panel)" }),
      Plot.dot(rows, { x: "network", y: "place", r: 5, fill: "var(--solver-0)", stroke: "var(--panel)" }),
    ],
  });
});

picture("networks", (canvas, width) => {
  const { mean, glm_mean } = doc.training;
  const domain = padded(d3.extent([...mean, ...glm_mean].filter((v) => v !== null)));
  scatter(canvas, width, glm_mean, mean, ["mean of the GLM", "mean of the network"], [diagonal(domain)], { x: domain, y: domain });
});
