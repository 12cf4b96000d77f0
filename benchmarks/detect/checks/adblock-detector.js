onLoad(() => say(new (require("adblock-detector").AdblockDetector)().detect()));
