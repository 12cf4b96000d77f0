// Evidence from the page's own ad slots. Fetched only where a page has any.

/** Whether an element takes up visible space: what a list hides has no box.
 * @param {Element} element */
const visible = (element) => {
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && getComputedStyle(element).visibility !== "hidden";
};

/** Whether a frame shows somebody else's page. A stand-in's frame is an empty page of our own
 * origin, so that its document can be read.
 * @param {HTMLIFrameElement} frame */
const arrived = (frame) =>
  frame.contentDocument === null
    ? performance.getEntriesByName(frame.src).length > 0
    : !!frame.contentDocument.body?.childElementCount;

/** Whether a creative really rendered in one of the slots.
 * @param {readonly string[]} selectors */
export const rendered = (selectors) =>
  [...document.querySelectorAll(selectors.join(","))].some((slot) => {
    const frames = [...slot.querySelectorAll("iframe")].filter(arrived);
    const images = [...slot.querySelectorAll("img")].filter((image) => image.naturalWidth > 1);
    return [...frames, ...images].some(visible);
  });
