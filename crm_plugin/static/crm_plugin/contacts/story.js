// The history loads its next page as one scrolls; without this script the link does.
(() => {
  const pages = document.querySelector("[data-crm-story]");
  const load = async (link) => {
    if (link.dataset.crmBusy) return;
    link.dataset.crmBusy = "1";
    const reading = document.activeElement === link;
    try {
      const response = await fetch(link.dataset.crmMore, { credentials: "same-origin" });
      // Signed out meanwhile: the answer would be the login page.
      if (!response.ok || response.redirected) throw new Error(response.status);
      const fragment = document.createElement("template");
      fragment.innerHTML = await response.text();
      const first = fragment.content.querySelector("li");
      link.parentElement.replaceWith(fragment.content);
      if (reading && first) {
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
      }
      watch();
    } catch {
      // From now on the link is a plain link, and says itself what is the matter.
      delete link.dataset.crmBusy;
      link.dataset.crmFailed = "1";
    }
  };
  const seen = new IntersectionObserver(
    (entries) =>
      entries
      .filter((e) => e.isIntersecting && !e.target.dataset.crmFailed)
      .forEach((e) => load(e.target)),
    { rootMargin: "300px" },
  );
  const watch = () => {
    seen.disconnect();
    const link = pages && pages.querySelector("[data-crm-more]");
    if (!link) return;
    seen.observe(link);
    link.addEventListener("click", (event) => {
      if (link.dataset.crmFailed) return;
      event.preventDefault();
      load(link);
    });
  };
  watch();
  const open = (id) => {
    const form = document.getElementById(id);
    if (!form || form.tagName !== "DETAILS") return;
    form.open = true;
    form.querySelector("textarea, input:not([type=hidden])")?.focus();
  };
  document.querySelectorAll("[data-crm-open]").forEach((link) =>
    link.addEventListener("click", () => open(link.hash.slice(1))),
  );
  if (location.hash.length > 1) open(location.hash.slice(1));
})();
