// How every check is heard: it says its verdict once, as the DOM event that the harness listens
// to, with the milliseconds since it started. Out of a frame, the page around it says so instead.
let started = performance.now();
let said = false;

const start = () => {
  started = performance.now();
};

const say = (blocked, at = performance.now()) => {
  if (said) return;
  said = true;
  const detail = { verdict: blocked ? "blocked" : "not blocked", signals: { ms: at - started } };
  document.dispatchEvent(new CustomEvent("reader-support:verdict", { detail }));
  if (parent !== window) parent.postMessage({ detail }, "*");
};

// Checks start when ours does: after `load`, at the first quiet moment.
const onLoad = (check) =>
  addEventListener("load", () =>
    requestIdleCallback(
      () => {
        start();
        check();
      },
      { timeout: 200 },
    ),
  );
