/* The answer screen: a template as a start, and who else is writing here. */
(() => {
  const MINUTE = 45000;

  class AnsweringController extends window.StimulusModule.Controller {
    static targets = ["notice", "names", "closed"];
    static values = { url: String, idle: Boolean };

    connect() {
      if (this.idleValue) return;
      this.tell();
      this.timer = window.setInterval(() => this.tell(), MINUTE);
    }

    disconnect() {
      window.clearInterval(this.timer);
    }

    async tell() {
      const token = this.element.querySelector("[name=csrfmiddlewaretoken]").value;
      let answer;
      try {
        const response = await fetch(this.urlValue, {
          method: "POST",
          headers: { "X-CSRFToken": token },
        });
        if (!response.ok) return;
        answer = await response.json();
      } catch (error) {
        return; // Offline: the courtesy is off, the answer screen works.
      }
      this.noticeTarget.hidden = !answer.others.length;
      this.namesTarget.textContent = answer.others.join(", ");
      if (answer.closed) this.closedTarget.hidden = false;
    }

    start(event) {
      const starts = JSON.parse(
        document.getElementById("crm-answer-starts").textContent,
      );
      const chosen = starts.find((start) => start.id === event.params.id);
      if (!chosen) return;
      event.preventDefault();
      const body = this.element.elements.namedItem("body");
      const subject = this.element.elements.namedItem("subject");
      const untouched = [body.defaultValue, ...starts.map((start) => start.body)];
      const fresh = !body.value.trim() || untouched.includes(body.value);
      body.value = fresh ? chosen.body : `${body.value}\n\n${chosen.body}`;
      if (chosen.subject) subject.value = chosen.subject;
      body.dispatchEvent(new Event("input", { bubbles: true }));
      body.focus();
    }
  }

  window.wagtail.app.register("crm-answering", AnsweringController);
})();
