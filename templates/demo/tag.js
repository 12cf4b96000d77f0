// The stand-in ad server's tag: one framed creative for each slot of the page.
(() => {
  const origin = new URL(document.currentScript.src).origin;

  const fill = () => {
    document.querySelectorAll(".ad-slot").forEach((slot, index) => {
      const frame = document.createElement("iframe");
      frame.src = `${origin}/adserve/creative/${index}`;
      frame.width = 300;
      frame.height = 250;
      frame.title = "Advertisement";
      slot.append(frame);
    });
  };

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", fill);
  } else {
    fill();
  }
})();
