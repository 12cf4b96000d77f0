onLoad(() =>
  fetch("https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js", { method: "HEAD", mode: "no-cors", cache: "no-store" })
    .then(({ redirected }) => say(redirected))
    .catch(() => say(true)),
);
