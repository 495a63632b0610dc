// Hides a field as long as the field that decides has another answer. Without this
// script such a field is shown with the words "only if …"; the server decides anyway.
(() => {
  const fold = (text) => text.normalize("NFKC").trim().toLowerCase();

  // A tick says "on" or "off"; of everything else what is chosen or typed.
  const answersOf = (form, name) => {
    const inputs = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    if (inputs.length === 1 && inputs[0].type === "checkbox" && inputs[0].value === "on") return [inputs[0].checked ? "on" : "off"];
    return inputs
      .filter((input) => !["checkbox", "radio"].includes(input.type) || input.checked)
      .map((input) => input.value)
      .filter((value) => value.trim() !== "");
  };

  const update = (form) => {
    for (const field of form.querySelectorAll("[data-crm-only-if]")) {
      const wanted = JSON.parse(field.dataset.crmAnswers).map(fold);
      const decider = form.querySelector(`[name="${CSS.escape(field.dataset.crmOnlyIf)}"]`);
      const asked = decider && !decider.closest("[data-crm-only-if][hidden]");
      const given = answersOf(form, field.dataset.crmOnlyIf).map(fold);
      const holds = wanted.length ? given.some((one) => wanted.includes(one)) : given.length > 0;
      field.hidden = !(asked && holds);
    }
  };

  for (const form of document.querySelectorAll("[data-crm-form]")) {
    for (const words of form.querySelectorAll("[data-crm-only-if] .crm-field__only")) words.hidden = true;
    form.addEventListener("input", () => update(form));
    form.addEventListener("change", () => update(form));
    update(form);
  }
})();
