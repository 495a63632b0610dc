// Alt and a digit: 1 to 6 choose the reason, 7 and up the result, which saves.
(() => {
  const form = document.querySelector("[data-crm-call]");
  if (!form) return;
  form.querySelector("textarea")?.focus();
  document.addEventListener("keydown", (event) => {
    const digit = /^Digit([0-9])$/.exec(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || !digit) return;
    const number = Number(digit[1]) || 10;
    const reasons = form.querySelectorAll("[name=reason]");
    const results = form.querySelectorAll("button[name=result]");
    const target = reasons[number - 1] || results[number - 1 - reasons.length];
    if (!target) return;
    event.preventDefault();
    target.click();
  });
})();
