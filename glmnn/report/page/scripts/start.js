// Theme, first drawing, and again where the width changes.
const THEMES = ["auto", "light", "dark"];
function startTheme() {
  const button = byId("theme");
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % 3];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    button.textContent = `Theme: ${next}`;
  });
}

function drawAll() {
  for (const item of pictures) redraw(item);
  if (slider) moveTable();
}

const widened = new ResizeObserver((entries) => {
  clearTimeout(widened.rest);
  widened.rest = setTimeout(() => {
    for (const item of pictures) if (Math.floor(item.canvas.clientWidth) !== item.width) redraw(item);
  }, 120);
});

root.classList.add("scripted");
startTheme();
startExport();
if (slider) {
  startClock();
  startTables();
  startPlane();
  setUnit("iteration");
  setV(clock.most, false); // what came of it; Play begins anew
  showUnit();
}
startForest();
drawAll();
for (const item of pictures) widened.observe(item.canvas);
root.dataset.ready = "true";
