// Says while somebody types who on record may be meant; the form works without it.
(() => {
  const PAUSE = 350;
  const form = document.querySelector("[data-crm-card]");
  const shown = form && form.querySelector("[data-crm-suspects]");
  if (!shown) return;
  let timer, asked = 0, last = "";
  const ask = async () => {
    const data = new FormData(form);
    const said = JSON.stringify([...data].filter(([name]) => name.includes("__")));
    if (said === last) return;
    last = said;
    const number = ++asked;
    try {
      const response = await fetch(form.dataset.crmCard, { method: "POST", body: data });
      // Signed out meanwhile: the answer would be the login page.
      if (response.ok && !response.redirected && number === asked) shown.innerHTML = await response.text();
    } catch {
      last = "";
    }
  };
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, PAUSE);
  });
})();
