// The hook answers `false` until it knows better, and never says that it is done. So its `false`
// is taken as its verdict once its request has ended and React had time to draw again, or, where
// a blocker has left no trace of the request, after 3 s.
const { createElement, useEffect } = require("react");
const { useDetectAdBlock } = require("adblock-detect-react");

const Page = () => {
  const blocked = useDetectAdBlock();
  useEffect(() => {
    if (blocked) say(true);
  }, [blocked]);
  return null;
};

const ended = () =>
  performance.getEntriesByType("resource").some(({ name }) => name.includes("www3.doubleclick.net"));

const watch = () => {
  const at = performance.now();
  if (ended() || at - started > 3000) setTimeout(() => say(false, at), 200);
  else setTimeout(watch, 10);
};

onLoad(() => {
  const root = document.body.appendChild(document.createElement("div"));
  require("react-dom/client").createRoot(root).render(createElement(Page));
  watch();
});
