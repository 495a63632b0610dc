/* While others are counted, the page asks again by itself, one question at a time, until
   it has an answer. Wagtail throws this frame away when the rule changes, and with it the
   question, so that an old answer never takes the place of a newer one. */
(() => {
    const SELDOM = 6_000;

    function wait(asked) {
        const main = document.querySelector('main[data-again]');
        if (!main) return;
        const soon = Number(main.dataset.again) * 1.2 ** asked;
        setTimeout(() => ask(main, asked + 1), Math.min(soon, SELDOM));
    }

    async function ask(main, asked) {
        const url = new URL(window.location.href);
        url.searchParams.set('again', '1');
        try {
            const answer = await fetch(url);
            if (answer.ok) {
                const page = new DOMParser().parseFromString(
                    await answer.text(),
                    'text/html',
                );
                const next = page.querySelector('main');
                if (next) main.replaceWith(next);
            }
        } catch {
            // Asked again below: the way to the server may come back.
        }
        wait(asked);
    }

    wait(0);
})();
