// Shows another day, month, service or number without leaving the page. Without this
// script the same buttons send the form and get it back with everything typed kept.
(() => {
  const watched = ["crm_service", "crm_party"];

  const refresh = async (form, box, said, focusOn) => {
    const data = new FormData(form);
    data.set("crm_again", said);
    data.delete("crm_offer");
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-crm-booking]");
      if (!fresh) throw new Error("no times");
      const focused = focusOn || (document.activeElement && document.activeElement.id);
      box.replaceChildren(...fresh.childNodes);
      start(form, box);
      const again = focused && document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
      return true;
    } catch {
      box.querySelectorAll("[data-crm-again]").forEach((each) => { each.hidden = false; });
      return false;
    } finally {
      box.removeAttribute("aria-busy");
    }
  };

  // A day leads on to its times where those are out of sight, as on a telephone.
  const lead = (box) => {
    const times = box.querySelector("[data-crm-times]");
    if (!times) return;
    const below = times.getBoundingClientRect().top > window.innerHeight - 120;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (below) times.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
  };

  const start = (form, box) => {
    box.querySelectorAll("[data-crm-again]").forEach((each) => { each.hidden = true; });
    for (const name of watched) {
      for (const field of box.querySelectorAll(`[name="${name}"]`)) {
        field.addEventListener("change", () => refresh(form, box, "1"));
      }
    }
    for (const button of box.querySelectorAll("[data-crm-ask]")) {
      button.addEventListener("click", async (event) => {
        event.preventDefault();
        const done = await refresh(form, box, button.value, button.id);
        if (done && !button.value.startsWith("from:")) lead(box);
        if (!done) {
          const input = document.createElement("input");
          Object.assign(input, { type: "hidden", name: button.name, value: button.value });
          box.append(input);
          form.submit();
        }
      });
    }
  };

  for (const form of document.querySelectorAll("[data-crm-form]")) {
    const box = form.querySelector("[data-crm-booking]");
    if (box) start(form, box);
  }
})();
