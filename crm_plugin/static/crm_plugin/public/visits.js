// Shows the question where nobody has answered it yet, and stores nothing by itself:
// the answer is remembered by the server's cookie. A browser that asks not to be tracked
// has answered. Without this script the link in the foot leads to the same two buttons.
(() => {
  const bar = document.querySelector("[data-crm-visits]");
  const untracked = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  if (!bar || untracked || /(?:^|; )crm_choice=/.test(document.cookie)) return;

  const form = bar.querySelector("form");
  const root = document.documentElement;

  // What has the focus must not hide behind the bar.
  const makeRoom = () => {
    const height = bar.hidden ? 0 : bar.offsetHeight;
    root.style.scrollPaddingBottom = height ? `${height}px` : "";
    document.body.style.paddingBottom = height ? `${height}px` : "";
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = event.submitter ? event.submitter.value : "no";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams({ choice: said }),
      });
      if (answer.status !== 204) throw new Error(answer.statusText);
      bar.hidden = true;
      makeRoom();
    } catch {
      window.location.assign(form.action);
    }
  });

  bar.hidden = false;
  makeRoom();
  window.addEventListener("resize", makeRoom);
})();
