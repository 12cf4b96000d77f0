// The page has asked for /ads.js in its head, after `start()`.
addEventListener("load", () => say(!window.canRunAds));
