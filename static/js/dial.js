// The dial "How personal": five stops, moved by click and by arrow keys. The chosen stop is a
// hidden field of the form; the page counts again when it changes.
document.addEventListener("alpine:init", () => {
  window.Alpine.data("dial", () => ({
    value: 3,
    words: "",
    init() {
      this.value = Number(this.$el.dataset.value);
      this.show();
    },
    get fill() { return `width:${(this.value - 1) * 25}%`; },
    pick(event) { this.set(Number(event.currentTarget.dataset.stop)); },
    key(event) {
      const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
      const ends = { Home: 1, End: 5 };
      const key = event.key;
      if (!(key in moves) && !(key in ends)) return;
      event.preventDefault();
      this.set(key in ends ? ends[key] : this.value + moves[key]);
    },
    set(value) {
      if (this.$refs.input.closest("fieldset").disabled) return;
      const next = Math.min(5, Math.max(1, value));
      if (next === this.value) return;
      this.value = next;
      this.show();
      this.$refs.input.value = String(next);
      this.$refs.input.dispatchEvent(new Event("change", { bubbles: true }));
    },
    show() {
      for (const stop of this.$root.querySelectorAll("[data-stop]")) {
        const chosen = Number(stop.dataset.stop) === this.value;
        stop.toggleAttribute("data-chosen", chosen);
        if (chosen) this.words = stop.dataset.words;
      }
    },
  }));
});
