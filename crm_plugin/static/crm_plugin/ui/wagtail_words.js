/* Words that Wagtail's own catalogue for scripts lacks join it. */
Object.assign(
    window.django.catalog,
    JSON.parse(document.getElementById('crm-wagtail-words').textContent),
);
