// The history loads its next page as one scrolls; without this script the link does.
(() => {
  const pages = document.querySelector("[data-crm-story]");
  const load = async (link) => {
    if (link.dataset.crmBusy) return;
    link.dataset.crmBusy = "1";
    try {
      const response = await fetch(link.dataset.crmMore, { credentials: "same-origin" });
      if (!response.ok) return;
      const fragment = document.createElement("template");
      fragment.innerHTML = await response.text();
      link.parentElement.replaceWith(fragment.content);
      watch();
    } catch {
      delete link.dataset.crmBusy;
    }
  };
  const seen = new IntersectionObserver(
    (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => load(e.target)),
    { rootMargin: "300px" },
  );
  const watch = () => {
    seen.disconnect();
    const link = pages && pages.querySelector("[data-crm-more]");
    if (!link) return;
    seen.observe(link);
    link.addEventListener("click", (event) => {
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
