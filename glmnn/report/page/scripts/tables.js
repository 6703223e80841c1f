// The live table follows the clock; the tables of cost show the unit of the clock; every table can be copied.
const live = runs.map((run) => {
  const row = byId(`live-${run.place}`);
  return row && Object.fromEntries([...row.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
});

function moveTable() {
  for (const run of runs) {
    const cells = live[run.place];
    if (!cells) continue;
    const state = stateAt(run);
    const write = (name, text) => {
      if (cells[name] && cells[name].textContent !== text) cells[name].textContent = text;
    };
    write("iteration", state ? integer(state.iteration) : "–");
    write("passes", state ? significant(state.passes, 6) : "–");
    write("seconds", state ? duration(state.seconds) : "–");
    for (const name of ["distance", "deviance", "outside", "length"]) write(name, state ? significant(state[name], 3) : "–");
    state?.coef?.forEach((b, j) => write(`coef-${j}`, significant(b, 5)));
    if (!state) for (const name of Object.keys(cells)) if (name.startsWith("coef-")) write(name, "–");
    write("end", !state ? "not begun" : ended(run) ? visible(run.status) : "running");
  }
}

function showUnit() {
  // iterations of unlike solvers never stand without the passes beside them
  const beside = clock.unit === "iteration" ? ["iteration", "passes"] : [clock.unit];
  for (const table of document.querySelectorAll("[data-unit]")) table.hidden = !beside.includes(table.dataset.unit);
}

function startTables() {
  for (const toggle of document.querySelectorAll("[data-toggle]")) {
    const run = runs[toggle.dataset.toggle];
    toggle.addEventListener("click", () => {
      if (run.on && shownRuns().length === 1) return; // one stays
      run.on = !run.on;
      toggle.setAttribute("aria-pressed", run.on);
      byId(`live-${run.place}`)?.classList.toggle("off", !run.on);
      gatherMoments();
      drawAll();
    });
  }
  for (const choice of document.querySelectorAll("select[data-follow]")) {
    choice.value = followed.place;
    choice.addEventListener("change", () => {
      followed = runs[choice.value];
      for (const other of document.querySelectorAll("select[data-follow]")) other.value = choice.value;
      for (const id of ["neuron", "data"]) {
        const item = pictures.find((one) => one.id === id);
        if (item) redraw(item);
      }
    });
  }
  document.querySelectorAll(".sample").forEach((svg) => {
    const run = runs[svg.dataset.solver];
    const drawn = d3.select(svg);
    if (run.kind === "path") {
      drawn.append("line").attr("x1", 0).attr("x2", 34).attr("y1", 8).attr("y2", 8).attr("stroke", run.colour).attr("stroke-width", 2).attr("stroke-dasharray", run.dash);
    }
    symbolOf(drawn, run).attr("class", null).attr("transform", "translate(17,8)");
  });
}
