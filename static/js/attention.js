// The map of attention: one square for each pair of tokens, drawn from the JSON of the page.
const SIDE = 720;

function bytesOf(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

function draw(frame, map) {
  const size = map.tokens.length;
  const chosen = Number(frame.querySelector("[data-layer]").value) * map.heads + Number(frame.querySelector("[data-head]").value);
  const weights = map.bytes.subarray(chosen * size * size, (chosen + 1) * size * size);
  const canvas = frame.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const colour = style.getPropertyValue("--series1").trim() || "#0c7a6b";
  const cell = SIDE / size;
  canvas.width = SIDE;
  canvas.height = SIDE;
  pen.fillStyle = style.getPropertyValue("--color-base-200").trim() || "#f4f4f4";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.fillStyle = colour;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const weight = weights[row * size + column];
      if (!weight) continue;
      pen.globalAlpha = Math.sqrt(weight / 255);
      pen.fillRect(column * cell, row * cell, cell, cell);
    }
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  const edge = map.prompt_tokens * cell;
  pen.beginPath();
  pen.moveTo(edge, edge);
  pen.lineTo(edge, SIDE);
  pen.moveTo(0, edge);
  pen.lineTo(edge, edge);
  pen.stroke();
  frame.shown = weights;
}

function tell(frame, map, event) {
  const canvas = frame.querySelector("canvas");
  const box = canvas.getBoundingClientRect();
  const size = map.tokens.length;
  const column = Math.floor(((event.clientX - box.left) / box.width) * size);
  const row = Math.floor(((event.clientY - box.top) / box.height) * size);
  if (column < 0 || row < 0 || row >= size || column > row) return;
  const name = (index) => map.tokens[index].trim() || "¶";
  const share = Math.round((frame.shown[row * size + column] / 255) * 100);
  frame.querySelector("[data-cell]").textContent = `${name(row)} → ${name(column)}: ${share} %`;
}

async function open(frame) {
  if (frame.dataset.loaded) return;
  frame.dataset.loaded = "1";
  const answer = await fetch(frame.dataset.attention);
  if (!answer.ok) return;
  const map = await answer.json();
  map.bytes = bytesOf(map.weights);
  for (const choice of frame.querySelectorAll("select")) {
    choice.addEventListener("change", () => draw(frame, map));
  }
  frame.querySelector("canvas").addEventListener("mousemove", (event) => tell(frame, map, event));
  draw(frame, map);
}

document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.("details[data-attention]") && event.target.open) open(event.target);
  },
  true,
);
