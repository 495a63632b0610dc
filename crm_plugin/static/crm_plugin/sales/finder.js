/* Choosing somebody while typing; Enter takes the only one, or leads into the list. */
(() => {
  const PAUSE = 180;

  class FinderController extends window.StimulusModule.Controller {
    static targets = ["input", "found", "button"];
    static values = { url: String, name: String, next: String };

    connect() {
      this.asked = 0;
      this.buttonTargets.forEach((button) => { button.hidden = true; });
    }

    type(event) {
      if (event.target !== this.inputTarget) return;
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.ask(), PAUSE);
    }

    async ask() {
      window.clearTimeout(this.timer);
      const number = ++this.asked;
      const form = this.element.closest("form");
      const chosen = this.checked();
      const data = new FormData();
      data.append("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
      data.append("q", this.inputTarget.value);
      data.append("name", this.nameValue);
      data.append("contact", form.querySelector("[name=contact]:checked")?.value || "");
      try {
        const response = await fetch(this.urlValue, { method: "POST", body: data });
        if (!response.ok || number !== this.asked) return;
        this.foundTarget.innerHTML = await response.text();
      } catch (error) {
        this.buttonTargets.forEach((button) => { button.hidden = false; });
        return;
      }
      if (chosen && chosen.value) {
        const again = this.foundTarget.querySelector(`[value="${CSS.escape(chosen.value)}"]`);
        if (again) again.checked = true;
        else this.foundTarget.prepend(chosen.closest("label"));
      }
    }

    async key(event) {
      if (event.isComposing) return;
      if (event.key === "ArrowDown") {
        event.preventDefault();
        this.options()[0]?.focus();
      }
      if (event.key !== "Enter") return;
      if (event.target.matches("button")) return;
      event.preventDefault();
      if (event.target !== this.inputTarget) {
        if (event.target.matches("input[type=radio]")) this.take(event.target);
        return;
      }
      if (!this.inputTarget.value.trim()) {
        this.onward();
        return;
      }
      this.forget();
      await this.ask();
      const options = this.options();
      if (options.length === 1) this.take(options[0]);
      else options[0]?.focus();
    }

    /* A click of the mouse; arrow keys in a list click, too, and stay in it. */
    pick(event) {
      if (event.detail > 0 && event.target.matches("input[type=radio]")) this.onward();
    }

    /* Another person was chosen: offer where that one belongs. */
    follow(event) {
      if (event.target.name === "contact") this.ask();
    }

    take(option) {
      option.checked = true;
      option.dispatchEvent(new Event("change", { bubbles: true }));
      this.onward();
    }

    forget() {
      const chosen = this.checked();
      if (chosen) chosen.checked = false;
    }

    onward() {
      if (!this.nextValue) return;
      const next = document.querySelector(this.nextValue);
      next?.focus();
      next?.select?.();
    }

    options() {
      return [...this.foundTarget.querySelectorAll("input[type=radio]")];
    }

    checked() {
      return this.options().find((option) => option.checked);
    }
  }

  window.wagtail.app.register("crm-finder", FinderController);
})();
