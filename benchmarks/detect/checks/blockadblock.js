require("blockadblock");
blockAdBlock.setOption("checkOnLoad", false);
onLoad(() => {
  blockAdBlock.onDetected(() => say(true)).onNotDetected(() => say(false));
  blockAdBlock.check();
});
