// Review: one key, one action. A key presses the control that carries it (data-key), so a page
// without a script works the same. Keys rest while a field has focus, and can be switched off.
const OFF = "review-keys-off";

function isTyping(target) {
  return target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

function showFact(number) {
  const frame = document.getElementById("preview");
  if (!frame) return;
  frame.src = `${frame.dataset.src}#fact-${number}`;
  for (const line of document.querySelectorAll("[data-fact]")) {
    line.toggleAttribute("aria-current", line.dataset.fact === String(number));
  }
}

function press(key) {
  const control = document.querySelector(`#review [data-key="${key}"]`);
  if (control && !control.disabled) control.click();
  return Boolean(control);
}

document.addEventListener("keydown", (event) => {
  if (!document.getElementById("review") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  const key = event.key.toLowerCase();
  if (key === "?") {
    document.getElementById("review-keys").showModal();
  } else if (/^[1-9]$/.test(key)) {
    showFact(key);
  } else if (!"jkaerfu".includes(key) || !press(key)) {
    return;
  }
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-fact]");
  if (line) {
    event.preventDefault();
    showFact(line.dataset.fact);
  }
  const insert = event.target.closest("[data-insert]");
  if (insert) insertSlot(insert.dataset.insert);
});

// Switching the keys off is remembered on this machine.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-review-keys]")) return;
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector("[data-review-keys]");
  if (box) box.checked = !localStorage.getItem(OFF);
  showCurrentLine();
});

// The left column keeps its place while the text beside it changes.
let scrolled = 0;
document.addEventListener("htmx:beforeSwap", () => {
  scrolled = document.querySelector(".review-list")?.scrollTop || 0;
});
document.addEventListener("htmx:afterSwap", () => {
  const list = document.querySelector(".review-list");
  if (list) list.scrollTop = scrolled;
  showCurrentLine();
});

// Only the column scrolls: on a phone it is part of the page, which must stay at the text.
function showCurrentLine() {
  const list = document.querySelector(".review-list");
  const line = list?.querySelector(".review-line[aria-current]");
  if (!line || getComputedStyle(list).overflowY === "visible" || list.scrollHeight <= list.clientHeight) return;
  const [top, bottom] = [line.offsetTop - 48, line.offsetTop + line.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

// Editing: a slot goes where the caret was last.
let lastField = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-creative-edit] input:not([type=radio]), [data-creative-edit] textarea")) {
    lastField = event.target;
  }
});
function insertSlot(slot) {
  const field = lastField || document.querySelector("[data-creative-edit] textarea");
  if (!field) return;
  field.setRangeText(slot, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
