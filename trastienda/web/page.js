/* Around the terminal of textual-serve (terminal.js): its font, its end, and which addresses it may open. */
"use strict";

const ENDED = { 4001: "left", 4002: "elsewhere", 4003: "failed" };

function over(why) {
  const box = document.getElementById("over");
  box.dataset.why = why;
  box.hidden = false;
  document.getElementById("again").focus();
}

function said(text) {
  const line = document.getElementById("said");
  line.textContent = text;
  line.hidden = false;
}

/* Only what the program asks for is opened, without a way back to this page. A click on an address
   that merely stands on the screen opens nothing: there, she could not see where it really goes. */
const open = window.open.bind(window);
window.open = (address) => {
  if (address && /^https?:\/\//i.test(address)) open(address, "_blank", "noopener,noreferrer");
  return null;
};

window.WebSocket = class extends WebSocket {
  constructor(address) {
    super(address);
    this.addEventListener("close", (event) => over(ENDED[event.code] ?? "lost"));
    this.addEventListener("message", (event) => {
      if (typeof event.data !== "string") return;
      const [type, text] = JSON.parse(event.data);
      if (type === "said") said(text);
    });
  }

  /* What she types while it is being opened is not lost. */
  send(data) {
    if (this.readyState === WebSocket.CONNECTING) {
      this.addEventListener("open", () => super.send(data), { once: true });
    } else {
      super.send(data);
    }
  }
};

const start = window.onload;
window.onload = async (event) => {
  document.getElementById("again").addEventListener("click", () => window.location.reload());
  const fonts = ["16px", "bold 16px", "italic 16px"].map((font) =>
    document.fonts.load(`${font} "Roboto Mono"`));
  await Promise.allSettled(fonts);
  try {
    start(event);
  } catch (error) {
    console.error(error);
    over("drawing");
    return;
  }
  const field = document.querySelector(".xterm-helper-textarea");
  const focus = () => document.getElementById("over").hidden && field.focus();
  focus();
  window.addEventListener("focus", focus);
  document.addEventListener("mouseup", focus);
  // Ctrl+V is left to the browser, which pastes; the terminal would make a control character of it.
  document.addEventListener("keydown", (press) => {
    const key = press.key.toLowerCase();
    if (press.ctrlKey && !press.altKey && key === "v") press.stopImmediatePropagation();
  }, { capture: true });
};
