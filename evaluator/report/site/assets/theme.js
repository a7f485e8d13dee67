// Before the first paint, so that nobody is blinded: the theme that was chosen, else the system's.
"use strict";
try {
  const chosen = localStorage.getItem("relaybench-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* a browser that keeps nothing */ }
