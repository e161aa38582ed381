// What every page needs: htmx, Alpine (its CSP build), and the few behaviours of the frame.
// A page's own script registers its components in an "alpine:init" listener before we start.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";

window.Alpine = Alpine;
window.htmx = htmx;

Alpine.data("menu", () => ({
  open: false,
  toggle() { this.open = !this.open; },
  close() { this.open = false; },
  get expanded() { return this.open ? "true" : "false"; },
}));

Alpine.data("toast", () => ({
  shown: true,
  init() { setTimeout(() => { this.shown = false; }, 5000); },
  dismiss() { this.shown = false; },
}));

// A refusal stays until it is read.
Alpine.data("notice", () => ({
  shown: true,
  dismiss() { this.shown = false; },
}));

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) { event.preventDefault(); openDialog(opener.dataset.dialogOpen); }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) closer.closest("dialog").close();
  if (event.target.matches("dialog.dialog")) event.target.close();
  if (event.target.closest("[data-drawer]")) document.querySelector(".side").classList.toggle("open");
  else if (!event.target.closest(".side")) document.querySelector(".side")?.classList.remove("open");
});

// "Search or jump to": ⌘K or Ctrl+K from anywhere.
document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openDialog("palette");
  }
});
document.addEventListener("keydown", (event) => {
  const palette = event.target.closest?.("#palette");
  if (!palette || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  event.preventDefault();
  const list = palette.querySelector("#palette-results");
  const links = [...list.querySelectorAll("li a")];
  const at = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    // Who types quickly means what was typed, not what is still shown.
    if (list.dataset.query !== palette.querySelector("input").value) list.dataset.go = "1";
    else (links[at] || links[0])?.click();
    return;
  }
  if (!links.length) return;
  const next = (at + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length;
  links.forEach((link, index) => link.setAttribute("aria-selected", String(index === next)));
  links[next].scrollIntoView({ block: "nearest" });
});

document.addEventListener("htmx:afterSwap", (event) => {
  const list = event.target;
  if (list.id !== "palette-results") return;
  list.dataset.query = new URL(event.detail.xhr.responseURL).searchParams.get("q") ?? "";
  if (!list.dataset.go || list.dataset.query !== document.querySelector("#palette input").value) return;
  delete list.dataset.go;
  list.querySelector("a")?.click();
});

// A form that asks first, one that is sent on change, one that is sent once only.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.target.hasAttribute("hx-post") || event.target.method === "dialog") return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  button.setAttribute("aria-busy", "true");
  setTimeout(() => { delete event.target.dataset.sent; button.removeAttribute("aria-busy"); }, 4000);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) navigator.clipboard.writeText(button.dataset.copy);
});

// Chart / Table / Both
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-view-switch] [data-view]");
  if (!button) return;
  const frame = document.getElementById(button.closest("[data-view-switch]").dataset.viewSwitch);
  frame.dataset.view = button.dataset.view;
  for (const other of button.parentElement.children) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});

document.addEventListener("DOMContentLoaded", () => Alpine.start());
