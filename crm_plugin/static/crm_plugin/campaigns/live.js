/* Keeps one part of a screen fresh: fetches it, and counts seconds down between. */
(function () {
    "use strict";

    class LiveController extends window.StimulusModule.Controller {
        static values = { url: String, every: { type: Number, default: 1500 } };

        connect() {
            this.failures = 0;
            this.schedule();
            this.clock = window.setInterval(() => this.tick(), 1000);
        }

        disconnect() {
            window.clearTimeout(this.timer);
            window.clearInterval(this.clock);
        }

        schedule() {
            const wait = this.everyValue * Math.min(2 ** this.failures, 8);
            this.timer = window.setTimeout(() => this.refresh(), wait);
        }

        tick() {
            for (const span of this.element.querySelectorAll("[data-seconds]")) {
                const left = Math.max(0, Number(span.dataset.seconds) - 1);
                span.dataset.seconds = String(left);
                span.textContent = String(left);
            }
        }

        async refresh() {
            try {
                const response = await fetch(this.urlValue, { credentials: "same-origin" });
                if (!response.ok) throw new Error(String(response.status));
                this.show(await response.text());
                this.failures = 0;
                await this.begin();
            } catch {
                this.failures += 1;
            }
            if (!this.element.querySelector("[data-over]")) this.schedule();
            else if (!this.over) window.location.reload();
        }

        /* The countdown is over: wake the worker instead of waiting for its tick. */
        async begin() {
            const due = this.element.querySelector("[data-begin]");
            if (!due || this.begun) return;
            this.begun = true;
            await fetch(due.dataset.begin, {
                method: "POST",
                credentials: "same-origin",
                redirect: "manual",
                headers: { "X-CSRFToken": window.wagtailConfig.CSRF_TOKEN },
            });
        }

        show(html) {
            const busy = this.element.contains(document.activeElement);
            const fresh = new DOMParser().parseFromString(html, "text/html").body;
            const place = busy ? document.activeElement.id : "";
            this.element.replaceChildren(...fresh.childNodes);
            if (place) document.getElementById(place)?.focus();
        }

        get over() {
            return this.element.hasAttribute("data-was-over");
        }
    }

    window.wagtail.app.register("crm-live", LiveController);
})();
