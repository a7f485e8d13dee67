// Before the first paint, so that nobody is blinded and nothing moves: the theme that was chosen, else the system's, and
// room for what only works with scripts.
"use strict";
document.documentElement.classList.add("scripted");
try {
  const chosen = localStorage.getItem("relaybench-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* a browser that keeps nothing */ }
