// Hands on from link to link where somebody first landed, until a form is reached:
// UTM values, the page that led here, the first page of ours. It stands behind the "#"
// of an address, so no server and no cache sees it; nothing is kept on the device.
(() => {
  const MARK = "crm-from=";
  const NAMES = ["utm_source", "utm_medium", "utm_campaign"];
  const plain = (address) => address.origin + address.pathname;

  const handed = () => {
    const hash = location.hash;
    const at = hash.indexOf(MARK);
    if (at < 0) return "";
    const before = hash.slice(0, at).replace(/[#&]$/, "");
    history.replaceState(history.state, "", location.pathname + location.search + before);
    const target = before && document.getElementById(before.slice(1));
    if (target) target.scrollIntoView();
    try {
      return decodeURIComponent(hash.slice(at + MARK.length));
    } catch {
      return "";
    }
  };

  const landed = () => {
    const said = new URLSearchParams();
    const query = new URLSearchParams(location.search);
    for (const name of NAMES) if (query.get(name)) said.set(name, query.get(name));
    let before = null;
    try {
      before = document.referrer ? new URL(document.referrer) : null;
    } catch {
      before = null;
    }
    const inside = before && before.host === location.host;
    if (before && !inside) said.set("referrer", plain(before));
    if (inside && ![...said.keys()].length) return "";
    said.set("landing_url", plain(location));
    return said.toString();
  };

  const from = handed() || landed();
  if (!from) return;
  for (const input of document.querySelectorAll('form input[type="hidden"][name="crm_from"]')) if (!input.value) input.value = from;

  const hand = (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || link.origin !== location.origin || link.hash.includes(MARK)) return;
    if (link.pathname === location.pathname && link.search === location.search) return;
    link.hash = `${link.hash ? `${link.hash.slice(1)}&` : ""}${MARK}${encodeURIComponent(from)}`;
  };
  for (const kind of ["click", "auxclick"]) document.addEventListener(kind, hand, { capture: true });
})();
