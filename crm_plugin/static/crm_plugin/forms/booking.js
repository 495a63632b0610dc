// Asks for the free times as soon as service, people or day change. Without this
// script the button "Show the free times" does the same.
(() => {
  const watched = ["crm_service", "crm_party", "crm_day"];

  const refresh = async (form, box) => {
    const data = new FormData(form);
    data.set("crm_again", "1");
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-crm-booking]");
      if (!fresh) throw new Error("no times");
      const focused = document.activeElement && document.activeElement.id;
      box.replaceChildren(...fresh.childNodes);
      start(form, box);
      if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    } catch {
      const button = box.querySelector("[data-crm-again]");
      if (button) button.hidden = false;
    } finally {
      box.removeAttribute("aria-busy");
    }
  };

  const start = (form, box) => {
    const button = box.querySelector("[data-crm-again]");
    if (button) button.hidden = true;
    for (const name of watched) {
      const field = box.querySelector(`select[name="${name}"]`);
      if (field) field.addEventListener("change", () => refresh(form, box));
    }
  };

  for (const form of document.querySelectorAll("[data-crm-form]")) {
    const box = form.querySelector("[data-crm-booking]");
    if (box) start(form, box);
  }
})();
