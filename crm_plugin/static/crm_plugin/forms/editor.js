// Beside the editor of a form page: shows what a field's type needs, offers the labels
// of the other fields, and asks the server what is wrong while somebody types.
(() => {
  const QUIET = ["page", "topics", "stars", "nps", "file"];

  const typesOf = () => document.querySelectorAll('select[name^="form_fields-"][name$="-field_type"]');

  const show = (row, name, there) => {
    for (const panel of row.querySelectorAll(`.${name}`)) panel.hidden = !there;
  };

  const fit = (select) => {
    const row = select.closest("[data-inline-panel-child]") || select.closest("li") || select.parentNode;
    const type = select.value;
    show(row, "crm-when-mapped", !QUIET.includes(type));
    show(row, "crm-when-topics", type === "topics");
    show(row, "crm-when-file", type === "file");
    show(row, "crm-when-asked", type !== "page");
  };

  const labels = () => {
    const list = document.getElementById("crm-labels");
    if (!list) return;
    const names = [...document.querySelectorAll('input[name^="form_fields-"][name$="-label"]')]
      .map((input) => input.value.trim())
      .filter(Boolean);
    list.replaceChildren(...[...new Set(names)].map((name) => new Option(name, name)));
    for (const input of document.querySelectorAll('input[name^="form_fields-"][name$="-only_if"]')) input.setAttribute("list", "crm-labels");
  };

  const refresh = () => {
    typesOf().forEach(fit);
    labels();
  };

  let asked = 0;
  const ask = async (box) => {
    const form = box.closest("form");
    if (!form) return;
    const data = new FormData();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value);
    const number = (asked += 1);
    try {
      const answer = await fetch(box.dataset.crmProblems, { method: "POST", body: data, credentials: "same-origin" });
      const html = answer.ok ? await answer.text() : "";
      if (html && number === asked && html.trim() !== box.innerHTML.trim()) box.innerHTML = html;
    } catch {
      // The next change asks again.
    }
  };

  const start = () => {
    const box = document.querySelector("[data-crm-problems]");
    if (!box) return;
    const form = box.closest("form");
    let waiting;
    const later = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        refresh();
        ask(box);
      }, 700);
    };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    new MutationObserver((changes) => {
      if (changes.some((change) => !box.contains(change.target))) later();
    }).observe(form, { childList: true, subtree: true });
    refresh();
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
