onLoad(() => require("adblock-detect")(say));
