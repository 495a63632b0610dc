/* Dragging a deal to another stage; the buttons do the same without a new page. */
(() => {
  class BoardController extends window.StimulusModule.Controller {
    static targets = ["columns"];

    lift(event) {
      this.lifted = event.currentTarget;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", this.lifted.id);
      this.lifted.classList.add("crm-deal--lifted");
    }

    settle() {
      this.lifted?.classList.remove("crm-deal--lifted");
      this.lifted = null;
      this.element
        .querySelectorAll(".crm-board__column--over")
        .forEach((column) => column.classList.remove("crm-board__column--over"));
    }

    over(event) {
      if (!this.lifted || event.currentTarget.contains(this.lifted)) return;
      event.preventDefault();
      event.currentTarget.classList.add("crm-board__column--over");
    }

    leave(event) {
      if (event.currentTarget.contains(event.relatedTarget)) return;
      event.currentTarget.classList.remove("crm-board__column--over");
    }

    drop(event) {
      if (!this.lifted) return;
      event.preventDefault();
      const form = this.lifted.querySelector("form");
      this.move(form, event.currentTarget.dataset.stage);
    }

    submit(event) {
      if (!event.submitter || event.submitter.name !== "stage") return;
      event.preventDefault();
      this.move(event.target, event.submitter.value);
    }

    async move(form, stage) {
      if (this.busy) return;
      this.busy = true;
      const card = form.closest("li").id;
      const data = new FormData(form);
      data.set("stage", stage);
      try {
        const response = await fetch(form.action, { method: "POST", body: data });
        const there = new URL(response.url);
        if (there.pathname !== window.location.pathname) {
          window.location.assign(response.url); // It wants to know more first.
          return;
        }
        if (!response.ok) throw new Error(response.status);
        this.show(await response.text(), card);
      } catch (error) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "stage", value: stage });
        form.append(field);
        form.submit(); // The plain form tells what is wrong.
      } finally {
        this.busy = false;
      }
    }

    show(text, card) {
      const page = new DOMParser().parseFromString(text, "text/html");
      const columns = page.querySelector("[data-crm-board-target=columns]");
      const left = this.columnsTarget.scrollLeft;
      this.columnsTarget.replaceChildren(...columns.childNodes);
      this.columnsTarget.scrollLeft = left;
      const heading = page.querySelector(".crm-desk__title");
      document.querySelector(".crm-desk__title").replaceWith(heading);
      page.querySelectorAll(".messages > ul > li").forEach((message, number) => {
        const detail = {
          clear: number === 0,
          text: message.textContent.trim(),
          type: message.className.trim() || "success",
        };
        document.dispatchEvent(new CustomEvent("w-messages:add", { detail }));
      });
      const moved = document.getElementById(card);
      moved?.querySelector("h3 a").focus();
    }
  }

  window.wagtail.app.register("crm-board", BoardController);
})();
