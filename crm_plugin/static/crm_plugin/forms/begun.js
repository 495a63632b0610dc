// Tells the server once that somebody has begun to fill in a form: a number, about
// nobody. Without this script the first press of a button counts instead.
(() => {
  for (const form of document.querySelectorAll("[data-crm-form][data-crm-started]")) {
    const begun = (event) => {
      if (!event.target.matches("input:not([type=hidden]), select, textarea")) return;
      form.removeEventListener("focusin", begun);
      const said = new FormData();
      said.set("crm_stamp", form.elements.crm_stamp.value);
      if (!navigator.sendBeacon(form.dataset.crmStarted, said)) return;
      const told = document.createElement("input");
      told.type = "hidden";
      told.name = "crm_started";
      told.value = "1";
      form.append(told);
    };
    form.addEventListener("focusin", begun);
  }
})();
