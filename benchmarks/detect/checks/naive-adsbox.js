onLoad(() => {
  const box = document.createElement("div");
  box.className = "adsbox ad-banner textads banner-ads";
  box.innerHTML = "&nbsp;";
  document.body.append(box);
  setTimeout(() => say(box.offsetHeight === 0), 100);
});
