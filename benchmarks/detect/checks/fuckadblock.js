require("fuckadblock");
fuckAdBlock.setOption("checkOnLoad", false);
onLoad(() => {
  fuckAdBlock.onDetected(() => say(true)).onNotDetected(() => say(false));
  fuckAdBlock.check();
});
