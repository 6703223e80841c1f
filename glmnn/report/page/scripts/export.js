// A picture as SVG or as PNG of three times its size, a table as tab-separated text, the document as JSON.
function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// the picture as it stands, on its own: variables resolved, a ground, a title
function standing(figure) {
  const original = figure.querySelector(".canvas svg");
  const svg = original.cloneNode(true);
  const probe = element("i");
  figure.append(probe);
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const resolved = (text) => text.replace(/var\((--[\w-]+)\)/g, (_, name) => colour(name));
  for (const node of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name, value } of [...node.attributes]) if (value.includes("var(")) node.setAttribute(name, resolved(value));
  }
  for (const sheet of svg.querySelectorAll("style")) sheet.remove();
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("color", colour("--soft"));
  svg.setAttribute("font-family", "system-ui, sans-serif");
  svg.setAttribute("font-size", "12");
  const made = (tag, attributes, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    return node;
  };
  const ground = made("rect", { width: "100%", height: "100%", fill: colour("--panel") });
  probe.remove();
  svg.prepend(made("title", {}, figure.dataset.label), ground);
  return { text: new XMLSerializer().serializeToString(svg), width: original.clientWidth, height: original.clientHeight };
}

const SAVED = {
  svg: (figure) => save(`${figure.id}.svg`, new Blob([standing(figure).text], { type: "image/svg+xml" })),
  png: (figure) => {
    const { text, width, height } = standing(figure);
    const image = new Image();
    image.onload = () => {
      const canvas = element("canvas", { width: 3 * width, height: 3 * height });
      canvas.getContext("2d").drawImage(image, 0, 0, 3 * width, 3 * height);
      canvas.toBlob((blob) => save(`${figure.id}.png`, blob), "image/png");
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  },
};

const cellText = (cell) => cell.textContent.replace(/\s+/g, " ").trim().replace(/^−/, "-");
function tsv(table) {
  return [...table.rows].map((row) => [...row.cells].map((cell) => cell.dataset.whole ?? cellText(cell)).join("\t")).join("\n");
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", { "aria-hidden": "true", class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  byId("said").textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
}

function startExport() {
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => SAVED[button.dataset.save](button.closest("figure")));
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => {
      const source = byId(button.dataset.copy);
      copy(source.tagName === "TABLE" ? tsv(source) : source.textContent, button);
    });
  }
  byId("save-json")?.addEventListener("click", () =>
    save("pictures.json", new Blob([JSON.stringify(doc, null, 1)], { type: "application/json" })));
}
