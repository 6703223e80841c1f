// One value moves every picture: v iterations, passes or seconds. The slider is its position on a log scale with a true 0.
const clock = { unit: "iteration", v: 0, c: 1, most: 0, moments: [0], playing: 0 };
const slider = byId("clock");

function setUnit(unit) {
  const share = clock.most ? symlog(clock.v, clock.c) / symlog(clock.most, clock.c) : 0;
  clock.unit = unit;
  ({ c: clock.c, most: clock.most } = doc.clock[UNITS[unit].key]);
  gatherMoments();
  const ticks = costTicks(unit, clock.c, clock.most, slider.clientWidth || 600).map((tick) => {
    const mark = element("span", {}, costTick(unit)(tick));
    if (tick > 0.4 * clock.most) mark.className = "last";
    mark.style.left = `${(100 * symlog(tick, clock.c)) / symlog(clock.most, clock.c)}%`;
    return mark;
  });
  byId("ticks").replaceChildren(...ticks);
  setV(symexp(share * symlog(clock.most, clock.c), clock.c), false);
}

function gatherMoments() {
  const all = shownRuns().flatMap((run) => run.at[clock.unit]).filter(Number.isFinite);
  clock.moments = [...new Set([0, ...all])].sort((a, b) => a - b);
}

// the last state at or before v; none before the first. At the end of the clock all have ended, to the digits of its end
const placeAt = (run) => d3.bisectRight(run.at[clock.unit], clock.v < clock.most ? clock.v : Number.MAX_VALUE) - 1;
const stateAt = (run) => run.state[placeAt(run)];
const ended = (run) => placeAt(run) === run.state.length - 1;

function setV(v, move = true) {
  clock.v = Math.max(0, Math.min(clock.most, v));
  slider.value = symlog(clock.v, clock.c) / symlog(clock.most, clock.c);
  const text = UNITS[clock.unit].show(clock.v);
  slider.setAttribute("aria-valuetext", text);
  byId("clock-text").textContent = text;
  if (move) moveAll();
}

let framed = 0;
function moveAll() {
  framed ||= requestAnimationFrame(() => {
    framed = 0;
    moveNow();
  });
  clearTimeout(moveAll.rest);
  moveAll.rest = setTimeout(announce, 400);
}
function moveNow() {
  for (const item of pictures) item.move();
  moveTable();
}

function announce() {
  if (clock.playing) return;
  const lines = shownRuns().map((run) => {
    const state = stateAt(run);
    if (!state) return `${visible(run.label)} has not begun`;
    const how = state.distance === undefined || state.distance === null
      ? `deviance ${significant(state.deviance)}` : `${significant(state.distance, 2)} standard errors from ${GOAL}`;
    return `${visible(run.label)} ${how}${ended(run) ? `, ${visible(run.status)}` : ""}`;
  });
  byId("said").textContent = `${UNITS[clock.unit].show(clock.v)}: ${lines.join("; ")}`;
}

function neighbour(forward) {
  const { moments, v } = clock;
  const near = Math.abs(v) * 1e-12;
  return forward ? moments[d3.bisectRight(moments, v + near)] ?? clock.most : moments[d3.bisectLeft(moments, v - near) - 1] ?? 0;
}

const KEYS = {
  ArrowRight: () => neighbour(true), ArrowUp: () => neighbour(true),
  ArrowLeft: () => neighbour(false), ArrowDown: () => neighbour(false),
  Home: () => 0, End: () => clock.most,
  PageUp: () => symexp(Math.min(1, +slider.value + 0.1) * symlog(clock.most, clock.c), clock.c),
  PageDown: () => symexp(Math.max(0, slider.value - 0.1) * symlog(clock.most, clock.c), clock.c),
};

// a whole run in 9 seconds; in ten stills where the reader wants no motion
function play(on) {
  cancelAnimationFrame(clock.playing);
  clearTimeout(clock.playing);
  clock.playing = 0;
  byId("play").setAttribute("aria-pressed", on);
  byId("play").textContent = on ? "❚❚ Pause" : "▶ Play";
  if (!on) return announce();
  const whole = symlog(clock.most, clock.c);
  let share = slider.value > 0.999 ? 0 : +slider.value;
  let before = null;
  const still = () => {
    share = Math.min(1, Math.floor(share * 10 + 1.0001) / 10);
    setV(symexp(share * whole, clock.c));
    if (share >= 1) play(false);
    else clock.playing = setTimeout(still, 900);
  };
  const frame = (now) => {
    share = Math.min(1, share + (before === null ? 0 : now - before) / 9000);
    before = now;
    setV(share >= 1 ? clock.most : symexp(share * whole, clock.c));
    if (share >= 1) play(false);
    else clock.playing = requestAnimationFrame(frame);
  };
  if (reduced.matches) still();
  else clock.playing = requestAnimationFrame(frame);
}

function startClock() {
  slider.addEventListener("input", () => {
    if (clock.playing) play(false);
    setV(+slider.value >= 1 ? clock.most : symexp(slider.value * symlog(clock.most, clock.c), clock.c));
  });
  slider.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") play(!clock.playing);
    else if (KEYS[event.key]) {
      if (clock.playing) play(false);
      setV(KEYS[event.key]());
    } else return;
    event.preventDefault();
  });
  byId("play").addEventListener("click", () => play(!clock.playing));
  for (const radio of document.querySelectorAll("input[name=unit]")) {
    radio.addEventListener("change", () => {
      setUnit(radio.value);
      showUnit();
      drawAll();
      announce();
    });
  }
}
