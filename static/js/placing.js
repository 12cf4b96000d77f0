// Where the notice stands: nothing on the page moves for it, and it never lies over what has the
// focus.

const SHARE = 0.2; // of the screen, until the reader opens it

/** A declared slot that is shown, empty, and has room; what a list hides has none.
 * @param {string[]} selectors @returns {HTMLElement | undefined} */
const emptySlot = (selectors) => {
  /** @param {Element} child */
  const isFlat = (child) => !child.getBoundingClientRect().height;
  const slots = /** @type {HTMLElement[]} */ (
    selectors.length ? [...document.querySelectorAll(selectors.join())] : []
  );
  return slots.find(
    (slot) =>
      slot.checkVisibility?.({ visibilityProperty: true }) &&
      slot.clientWidth >= 240 &&
      slot.clientHeight >= 60 &&
      !slot.innerText.trim() &&
      [...slot.children].every(isFlat),
  );
};

/** Shows as much of the notice as has room; the rest waits until it is asked for.
 * @param {HTMLElement} section */
const fold = (section) => {
  const most = Math.floor((SHARE * innerWidth * innerHeight) / section.offsetWidth);
  section.style.setProperty("--most", `${most}px`);
  const isTooTall = () => section.scrollHeight > section.clientHeight + 1;
  section.removeAttribute("data-compact");
  for (const level of ["some", "title", "least"]) if (isTooTall()) section.dataset.compact = level;
};

/** Puts the notice into its place. Answers with the way out of it.
 * @param {HTMLElement} host @param {HTMLElement} section @param {Arm[2]} placement
 * @param {string[]} slots */
export const stand = (host, section, placement, slots) => {
  const slot = placement === "slot" ? emptySlot(slots) : undefined;
  const where = slot ? "slot" : placement === "corner" ? "corner" : "bar";
  host.setAttribute("placement", where);
  if (!slot) {
    document.body.append(host);
    return keepClear(host, section);
  }
  // The slot's own measures, so that it stays as it is.
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(slot);
  const across = parseFloat(paddingLeft) + parseFloat(paddingRight);
  const along = parseFloat(paddingTop) + parseFloat(paddingBottom);
  host.style.width = `${slot.clientWidth - across}px`;
  host.style.height = `${slot.clientHeight - along}px`;
  slot.append(host);
  fold(section);
  return () => {};
};

/** Keeps a fixed notice small, gives the page's end room to be scrolled out from under it, and
 * steps aside where the focus would be covered all the same.
 * @param {HTMLElement} host @param {HTMLElement} section */
const keepClear = (host, section) => {
  const root = document.documentElement;
  const before = root.style.scrollPaddingBottom;
  // A page that doesn't scroll must not begin to: a scroll bar would move everything.
  const scrolls = root.scrollHeight > root.clientHeight;
  const over = new AbortController();
  const { signal } = over;

  const fit = () => fold(section);
  const reserve = () => {
    const height = `${section.offsetHeight}px`;
    root.style.scrollPaddingBottom = height;
    if (scrolls) Object.assign(host.style, { top: `${root.offsetHeight}px`, height });
  };
  /** @param {Element} element */
  const covers = (element) => {
    const one = element.getBoundingClientRect();
    const two = section.getBoundingClientRect();
    return one.bottom > two.top && one.top < two.bottom && one.right > two.left && one.left < two.right;
  };
  /** @param {Event} event */
  const stepAside = ({ target }) => {
    const element = /** @type {Element} */ (target);
    const isOurs = element === host;
    if (!isOurs && covers(element)) element.scrollIntoView({ block: "nearest", behavior: "instant" });
    section.toggleAttribute("data-aside", !isOurs && covers(element));
  };

  fit();
  reserve();
  const sizes = new ResizeObserver(reserve);
  sizes.observe(section);
  sizes.observe(root);
  addEventListener("resize", fit, { signal });
  document.addEventListener("focusin", stepAside, { signal });
  return () => {
    over.abort();
    sizes.disconnect();
    root.style.scrollPaddingBottom = before;
  };
};
