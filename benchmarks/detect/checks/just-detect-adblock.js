onLoad(() => require("just-detect-adblock").detectAnyAdblocker().then(say));
