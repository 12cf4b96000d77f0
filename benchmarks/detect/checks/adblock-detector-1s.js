onLoad(() => {
  const detector = new (require("adblock-detector").AdblockDetector)();
  setTimeout(() => say(detector.detect()), 1000);
});
