// Line and bar charts: <canvas data-chart-from="id"> reads the JSON of <script id="id">.
//   {type: "line"|"bar", labels: [], unit: "", series: [{label, values, tone, low: [], high: []}]}
import {
  BarController, BarElement, CategoryScale, Chart, Filler, LinearScale, LineController, LineElement,
  PointElement, Tooltip,
} from "chart.js";

Chart.register(
  BarController, BarElement, CategoryScale, Filler, LinearScale, LineController, LineElement,
  PointElement, Tooltip,
);

const TONES = { primary: "--series1", series2: "--series2", series3: "--series3", series4: "--series4", control: "--control" };
const charts = new Map();

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function fade(colour, share) {
  return `color-mix(in srgb, ${colour} ${share}%, transparent)`;
}

function datasets(spec) {
  return spec.series.flatMap((series) => {
    const colour = token(TONES[series.tone] || TONES.primary);
    const last = series.values.length - 1;
    const main = {
      label: series.label, data: series.values, borderColor: colour, backgroundColor: colour,
      borderWidth: spec.type === "line" ? 2 : 0, borderRadius: 2, maxBarThickness: 22,
      pointRadius: (context) => (context.dataIndex === last ? 4 : 0), tension: 0,
    };
    if (!series.low || !series.low.length) return [main];
    const band = { borderWidth: 0, pointRadius: 0, backgroundColor: fade(colour, 14), tooltip: false };
    return [
      { ...band, label: "", data: series.high, fill: "+1" },
      { ...band, label: "", data: series.low, fill: false },
      main,
    ];
  });
}

function draw(canvas) {
  const source = document.getElementById(canvas.dataset.chartFrom);
  if (!source) return;
  const spec = JSON.parse(source.textContent);
  charts.get(canvas)?.destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const ticks = { color: token("--faint"), font: { size: 11 } };
  charts.set(canvas, new Chart(canvas, {
    type: spec.type,
    data: { labels: spec.labels, datasets: datasets(spec) },
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: false },
        tooltip: { filter: (item) => item.dataset.label !== "" },
      },
      scales: {
        x: { grid: { display: false }, border: { color: token("--line") }, ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 16 } },
        y: { beginAtZero: true, border: { display: false }, grid: { color: token("--line") }, ticks: { ...ticks, maxTicksLimit: 5, precision: 0 } },
      },
    },
  }));
}

function drawAll() {
  document.querySelectorAll("canvas[data-chart-from]").forEach(draw);
}

document.addEventListener("DOMContentLoaded", drawAll);
document.addEventListener("htmx:afterSettle", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
