// Lets the browser do the small calculation that a form asks for. It starts when
// somebody begins to fill the form in, and is done long before the button is pressed.
// If it is not, the button waits for it; whatever goes wrong, the form is sent.
(() => {
  const PATIENCE = 20000;

  const watch = (form, field) => {
    const words = form.querySelector("[data-crm-work-words]");
    const without = form.querySelector("[data-crm-work-without]");
    if (without) without.remove();
    let pressed = null;
    let worker = null;
    let ready = Boolean(field.value);

    const done = (answer) => {
      if (answer) field.value = answer;
      ready = true;
      if (worker) worker.terminate();
      if (words) words.textContent = "";
      if (pressed) form.requestSubmit(pressed.isConnected ? pressed : undefined);
    };

    const begin = () => {
      if (ready || worker) return;
      try {
        worker = new Worker(field.dataset.crmWorker);
      } catch {
        done("");
        return;
      }
      worker.onmessage = ({ data }) => done(data.answer);
      worker.onerror = () => done("");
      worker.postMessage({ challenge: field.dataset.crmChallenge, bits: Number(field.dataset.crmWork) });
    };

    form.addEventListener("focusin", begin);
    form.addEventListener("input", begin);
    form.addEventListener("submit", (event) => {
      // "Show the free times" sends nothing that anybody keeps.
      if (ready || (event.submitter && event.submitter.formNoValidate)) return;
      event.preventDefault();
      if (pressed) return;
      pressed = event.submitter || form.querySelector("[type=submit]");
      if (words) words.textContent = words.dataset.crmWorkWords;
      begin();
      setTimeout(() => ready || done(""), PATIENCE);
    });
  };

  for (const field of document.querySelectorAll("[data-crm-work]")) {
    if (field.form) watch(field.form, field);
  }
})();
