/* No change in the editor goes unnoticed.

   Wagtail compares the form with what it looked like before: two seconds after it opened,
   and again whenever a draft has been saved by itself. What was changed just before that
   moment counts as "before", and is neither saved nor shown in the preview until the next
   change. So we remember the form as it was when a change was last announced, and announce
   what is new when Wagtail takes its picture. */
(() => {
    const HOUSEKEEPING = [
        'csrfmiddlewaretoken',
        'loaded_revision_id',
        'loaded_revision_created_at',
        'next',
    ];
    let announced;

    function contents(form) {
        const data = new FormData(form);
        HOUSEKEEPING.forEach((name) => data.delete(name));
        return new URLSearchParams(data).toString();
    }

    document.addEventListener('w-unsaved:ready', ({ target }) => {
        // After the fields have been built, which happens in the same task.
        setTimeout(() => { announced = contents(target); });
    });
    document.addEventListener('w-unsaved:add', ({ target }) => {
        announced = contents(target);
    });
    document.addEventListener('w-unsaved:watch-edits', ({ target }) => {
        if (announced === undefined || announced === contents(target)) return;
        target.dispatchEvent(
            new CustomEvent('w-unsaved:add', {
                bubbles: true,
                cancelable: true,
                detail: { type: 'edits' },
            }),
        );
    });
})();
