/* The counter: a product is one tap, Enter in the amount records the sale. */
(() => {
  class CounterController extends window.StimulusModule.Controller {
    static targets = ["form", "plain", "button", "label", "quantity", "total", "sum", "save", "hint", "claims"];
    static values = { claims: String };

    connect() {
      this.plainTarget.remove(); // Enter means "record" now.
      this.buttonTargets.forEach((button) => { button.hidden = false; });
      this.labelTargets.forEach((label) => { label.hidden = true; });
      this.hintTarget.hidden = false;
      this.count();
    }

    add(event) {
      const field = document.getElementById(`product-${event.params.id}`);
      field.value = Number(field.value || 0) + 1;
      this.count();
    }

    count() {
      const typed = Number(this.amount().value || 0);
      const sum = this.quantityTargets.reduce(
        (total, field) => total + Number(field.value || 0) * Number(field.dataset.price),
        typed,
      );
      this.totalTarget.hidden = !sum;
      this.sumTarget.textContent = sum.toLocaleString(document.documentElement.lang);
      this.quantityTargets.forEach((field) => {
        field.closest("li").classList.toggle("crm-product--taken", Number(field.value) > 0);
      });
    }

    /* Somebody was chosen: show what waits on the record, to be asked now. */
    async ask(event) {
      if (event.target.name !== "contact") return;
      const chosen = event.target.value;
      this.claimsTarget.innerHTML = "";
      if (!chosen) return;
      const data = new FormData();
      data.append("csrfmiddlewaretoken", this.formTarget.elements.namedItem("csrfmiddlewaretoken").value);
      data.append("contact", chosen);
      try {
        const response = await fetch(this.claimsValue, { method: "POST", body: data });
        const still = this.formTarget.querySelector("[name=contact]:checked")?.value === chosen;
        if (response.ok && still) this.claimsTarget.innerHTML = await response.text();
      } catch (error) {
        // The sale goes on; the record shows them, too.
      }
    }

    key(event) {
      if (event.key !== "Enter" || event.isComposing) return;
      if (event.target.matches("input[type=number], input[type=radio][name=payment]")) {
        event.preventDefault();
        this.formTarget.requestSubmit(this.saveTarget);
      }
    }

    once(event) {
      if (event.target !== this.formTarget) return;
      window.setTimeout(() => { this.saveTarget.disabled = true; });
    }

    amount() {
      return this.formTarget.elements.namedItem("amount");
    }
  }

  window.wagtail.app.register("crm-counter", CounterController);
})();
