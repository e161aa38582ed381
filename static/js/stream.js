// A form whose answer is shown as it streams. Without this script it opens as a page of plain text.
async function show(form, place) {
  const button = form.querySelector("button");
  place.hidden = false;
  place.textContent = "";
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      place.textContent += part.value;
    }
  } catch {
    place.textContent += "\n…";
  } finally {
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-stream]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(form, document.getElementById(form.dataset.stream));
  });
}
