/* A segment that is made in another tab can be ticked without opening the campaign anew.

   Whoever comes back to this tab after following a link with data-crm-fresh-ticks finds the
   boxes of the form at that address beside those that are here; what is ticked or typed
   here stays. */
(() => {
    let source = '';

    function add(fresh) {
        const group = document.querySelector(`#${fresh.id}`);
        fresh.querySelectorAll('input').forEach((input) => {
            const known = group?.querySelector(`input[value="${CSS.escape(input.value)}"]`);
            if (!group || known) return;
            const row = input.closest(`#${fresh.id} > div`);
            input.id = `${fresh.id}_fresh_${input.value}`;
            row.querySelector('label').htmlFor = input.id;
            group.prepend(document.importNode(row, true));
        });
    }

    async function lookAgain() {
        if (!source) return;
        const answer = await fetch(source, { credentials: 'same-origin' });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        page.querySelectorAll('.crm-ticks').forEach(add);
    }

    document.addEventListener('click', ({ target }) => {
        const link = target.closest?.('[data-crm-fresh-ticks]');
        if (link) source = link.dataset.crmFreshTicks;
    });
    window.addEventListener('focus', lookAgain);
})();
