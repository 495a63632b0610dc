/* Polls how far a piece of work is; when it is done, the page shows the outcome. */
(function () {
    "use strict";

    const EVERY = 1000;
    const SLOWEST = 8000;

    class ProgressController extends window.StimulusModule.Controller {
        static targets = ["bar", "text"];
        static values = { url: String };

        connect() {
            this.wait = EVERY;
            this.timer = window.setTimeout(() => this.poll(), this.wait);
        }

        disconnect() {
            window.clearTimeout(this.timer);
        }

        async poll() {
            try {
                const response = await fetch(this.urlValue, {
                    credentials: "same-origin",
                    headers: { Accept: "application/json" },
                });
                if (!response.ok) throw new Error(String(response.status));
                if (this.show(await response.json())) return;
                this.wait = EVERY;
            } catch {
                this.wait = Math.min(this.wait * 2, SLOWEST);
            }
            this.timer = window.setTimeout(() => this.poll(), this.wait);
        }

        show(progress) {
            this.barTarget.value = progress.percent;
            this.textTarget.textContent = progress.text;
            if (!progress.done) return false;
            window.location.reload();
            return true;
        }
    }

    window.wagtail.app.register("crm-progress", ProgressController);
})();
