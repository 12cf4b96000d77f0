onLoad(() => {
  const script = document.createElement("script");
  script.onload = () => say(false);
  script.onerror = () => say(true);
  script.src = "https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js";
  document.head.append(script);
});
