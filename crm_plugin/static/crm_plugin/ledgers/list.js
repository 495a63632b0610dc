/* Where there is room beside the list, its filters stand open; on a telephone the list
   comes first, and they open at a tap. */
document.addEventListener('DOMContentLoaded', () => {
    const beside = window.matchMedia('(min-width: 50em)').matches;
    document.querySelectorAll('.crm-filters').forEach((filters) => {
        filters.open = beside;
    });
});
