// Makes the form live: what is chosen is shown while it is chosen. Without it a button does.
{
  const PAUSE = 300; // ms after the last key

  /** @template {Element} T @param {string} id @returns {T} */
  const part = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));
  const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
  const frame = /** @type {HTMLIFrameElement} */ (part("stage"));
  const around = /** @type {HTMLElement} */ (part("window"));

  const HEAD = 160; // px that stand above the stage

  /** Makes the stage as small as its place is: a window of 1280 px fits on a phone, and the foot of
   * a phone's on a desktop. */
  const fit = () => {
    const across = around.clientWidth / (Number(frame.width) + 2);
    const along = (innerHeight - HEAD) / (Number(frame.height) + 2);
    const scale = Math.floor(100 * Math.min(1, across, Math.max(along, 0.5))) / 100;
    around.style.setProperty("--scale", String(scale));
    around.style.height = `${Math.ceil((Number(frame.height) + 2) * scale)}px`;
  };

  /** Puts another answer's parts into this page; the form, and the focus in it, stay.
   * @param {Document} fresh */
  const replace = (fresh) => {
    for (const id of ["results", "error"]) {
      const next = fresh.getElementById(id);
      if (next && next.innerHTML !== part(id).innerHTML) part(id).replaceChildren(...next.childNodes);
    }
    const stage = fresh.getElementById("stage");
    for (const name of ["src", "width", "height", "title"]) {
      const value = stage?.getAttribute(name) ?? "";
      if (frame.getAttribute(name) !== value) frame.setAttribute(name, value);
    }
    fit();
    offer();
  };

  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const fields = /** @type {[string, string][]} */ ([...new FormData(form)]);
    const url = `/?${new URLSearchParams(fields)}`;
    const answer = await fetch(url);
    const text = await answer.text();
    if (mine !== asked || !answer.ok) return; // something else was chosen meanwhile
    replace(new DOMParser().parseFromString(text, "text/html"));
    history.replaceState(null, "", url);
  };
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show().catch(() => form.submit()), PAUSE);
  };

  /** Offers to copy the code. */
  const offer = () => {
    const button = /** @type {HTMLButtonElement} */ (part("copy"));
    button.hidden = !navigator.clipboard;
    button.onclick = async () => {
      await navigator.clipboard.writeText(part("code").textContent ?? "");
      part("copied").textContent = "Copied";
    };
  };

  form.addEventListener("input", ({ target }) => {
    // A colour shows only under the theme that is made of them.
    const { name } = /** @type {HTMLInputElement} */ (target);
    if (name.startsWith("token-")) /** @type {HTMLSelectElement} */ (part("theme")).value = "own";
    soon();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    soon();
  });
  addEventListener("message", ({ data, origin }) => {
    if (origin !== location.origin) return;
    part("covered").textContent = data;
  });
  addEventListener("resize", fit);
  fit();
  offer();
}
