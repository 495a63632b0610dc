// Shows the question where nobody has answered it yet, and stores nothing by itself:
// the answer is remembered by the server's cookie. A browser that asks not to be tracked
// has answered. Without this script the link in the foot leads to the same two buttons.
//
// After a yes the browser remembers by itself, in the cookie crm_visit, how often it came
// and what was read in this visit: a page that a cache answers counts, too. Nobody else
// is told; see personalisation/visit.py for who reads it.
(() => {
  const bar = document.querySelector("[data-crm-visits]");
  if (!bar) return;
  const untracked = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  const VISIT = "crm_visit", PAUSE = 30 * 60, PATHS = 20, LONGEST = 3000;
  const UTM = ["utm_source", "utm_medium", "utm_campaign"];

  const cookie = (name) => {
    const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    return found ? found.slice(name.length + 1) : "";
  };

  const write = (value, seconds) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${VISIT}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
  };

  const agreed = () => {
    const [said, , , words] = cookie("crm_choice").split(".");
    return !untracked && said === "yes" && words === bar.dataset.crmWords;
  };

  // With what the visit began: the marks of a link, the site that led here.
  const beginning = () => {
    const said = new URLSearchParams();
    const query = new URLSearchParams(location.search);
    for (const name of UTM) if (query.get(name)) said.set(name, query.get(name).slice(0, 200));
    try {
      const before = new URL(document.referrer);
      if (before.host !== location.host) said.set("referrer", before.hostname);
    } catch {
      // Nothing led here.
    }
    return said;
  };

  const path = () => {
    try {
      return decodeURI(location.pathname).slice(0, 100);
    } catch {
      return location.pathname.slice(0, 100);
    }
  };

  const remember = () => {
    if (!agreed()) {
      if (cookie(VISIT)) write("", 0);
      return;
    }
    const now = Math.floor(Date.now() / 1000);
    const before = new URLSearchParams(cookie(VISIT));
    const number = (name) => Number(before.get(name)) || 0;
    const going = number("v") > 0 && now - number("t") <= PAUSE;
    let said = beginning();
    if (going && ![...said.keys()].length) {
      said = new URLSearchParams(before);
      said.delete("p");
    }
    said.set("v", going ? number("v") : number("v") + 1);
    said.set("n", going ? number("n") + 1 : 1);
    said.set("t", now);
    const paths = [...(going ? before.getAll("p") : []), path()].slice(-PATHS);
    const whole = () => `${said}${paths.map((each) => `&${new URLSearchParams({ p: each })}`).join("")}`;
    while (paths.length && whole().length > LONGEST) paths.shift();
    write(whole(), Number(bar.dataset.crmDays) * 24 * 60 * 60);
  };

  // A page that is fetched ahead is read once it is shown.
  if (document.prerendering) document.addEventListener("prerenderingchange", remember, { once: true });
  else remember();
  if (untracked || cookie("crm_choice")) return;

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
      remember();
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
