onLoad(() =>
  fetch("https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js", { mode: "no-cors", cache: "no-store" })
    .then(() => say(false))
    .catch(() => say(true)),
);
