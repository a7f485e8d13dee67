// What pages do beyond showing: theme, filters, two columns, colours in code, two trials.
// All of it is extra; without it every page still says everything.
"use strict";

const root = document.documentElement;

function remembered(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(`relaybench-${key}`);
    localStorage.setItem(`relaybench-${key}`, value);
  } catch { /* a browser that keeps nothing */ }
  return null;
}

function theme() {
  const button = document.querySelector("button.theme");
  const night = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const say = () => { button.textContent = night() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = night() ? "light" : "dark";
    remembered("theme", root.dataset.theme);
    say();
  });
  say();
}

// A list on disk is filtered where it is, and its address says how. (A server, which knows more rows, does it itself.)
function filter() {
  const form = document.querySelector("form.filter[method]");
  if (!form || "live" in root.dataset) return;
  const fields = [...form.querySelectorAll("select")];
  const rows = [...document.querySelectorAll("table.trials tbody tr")];
  const takes = (row, { name, value }) => !value || row.dataset[name] === value || (name === "outcome" && row.dataset.outcome.split(" ").includes(value));
  const show = () => {
    let count = 0;
    for (const row of rows) {
      row.hidden = !fields.every((field) => takes(row, field));
      count += !row.hidden;
    }
    form.querySelector("output").textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} here`;
  };
  const asked = new URLSearchParams(location.search);
  for (const field of fields) {
    const wanted = asked.get(field.name);
    field.value = [...field.options].some((option) => option.value === wanted) ? wanted : "";
    field.addEventListener("change", () => {
      const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      history.replaceState(null, "", `?${chosen}`);
      show();
    });
  }
  if (fields.some((field) => field.value)) show();
}

const WORDS = {
  python: "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case None True False self",
  js: "async await break case catch class const continue default delete do else export extends finally for from function if import in instanceof let new null of return static super switch this throw try typeof undefined var while yield true false interface type enum implements readonly",
  go: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false",
  rust: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self static struct super trait type unsafe use where while true false",
  java: "abstract boolean break case catch class const continue default do double else enum extends final finally float for if implements import instanceof int interface long new null package private protected public return static super switch this throw throws try void while true false",
  c: "auto bool break case char class const continue default delete do double else enum extern float for if inline int long namespace new nullptr private public return short signed sizeof static struct switch template this typedef union unsigned using virtual void while true false",
  ruby: "alias and begin break case class def do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield",
  php: "abstract and array as break case catch class const continue default do echo else elseif extends final finally fn for foreach function global if implements interface namespace new null or private protected public return static switch throw try use var while true false",
  shell: "case do done elif else esac export fi for function if in local return then until while",
  sql: "add all alter and as asc between by case check column commit constraint create default delete desc distinct drop else end exists foreign from group having if in index insert integer into is join key left like limit not null on or order primary references select set table text then union unique update values when where",
  toml: "true false null",
};
const HASHES = ["python", "ruby", "shell", "toml"];

// One expression a language, a line at a time: comments, strings, words, numbers. Enough to read by.
function colours(language) {
  const comment = HASHES.includes(language) ? "#.*" : language === "sql" ? "--.*" : "//.*|/\\*.*?(?:\\*/|$)";
  const string = "\"(?:\\\\.|[^\"\\\\])*\"?|'(?:\\\\.|[^'\\\\])*'?|`[^`]*`?";
  const words = WORDS[language].replaceAll(" ", "|");
  return new RegExp(`(?<c>${comment})|(?<q>${string})|(?<k>\\b(?:${words})\\b)|(?<n>\\b\\d[\\w.]*)`, language === "sql" ? "gi" : "g");
}

function colour(cell, expression) {
  const text = cell.textContent;
  if (text.length > 1000) return;
  let end = 0;
  const parts = [];
  for (const found of text.matchAll(expression)) {
    const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = found[0];
    parts.push(text.slice(end, found.index), span);
    end = found.index + found[0].length;
  }
  if (parts.length) cell.replaceChildren(...parts, text.slice(end));
}

function changes() {
  const tables = [...document.querySelectorAll("table.diff")];
  if (!tables.length) return;
  for (const table of tables) {
    if (!WORDS[table.dataset.language]) continue;
    const expression = colours(table.dataset.language);
    for (const row of table.rows) if (row.className !== "at") colour(row.lastElementChild, expression);
  }
  const unified = new Map(tables.map((table) => [table, table.tBodies[0]]));
  const buttons = [...document.querySelectorAll(".switch button")];
  const show = (view) => {
    for (const table of tables) {
      table.classList.toggle("split", view === "split");
      table.replaceChildren(view === "split" ? sideBySide(unified.get(table)) : unified.get(table));
    }
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => { show(button.dataset.view); remembered("view", button.dataset.view); });
  }
  if (remembered("view") === "split" && innerWidth > 760) show("split");
}

// What was removed stands beside what was added in its place.
function sideBySide(body) {
  const made = document.createElement("tbody");
  let removed = [], added = [];
  const cells = (row, number, kind) => {
    const line = document.createElement("td"), text = document.createElement("td");
    text.className = row ? kind : "void";
    if (row) {
      line.textContent = row.cells[number].textContent;
      text.append(...[...row.lastElementChild.childNodes].map((node) => node.cloneNode(true)));
    }
    return [line, text];
  };
  const flush = () => {
    for (let n = 0; n < Math.max(removed.length, added.length); n++) {
      made.insertRow().append(...cells(removed[n], 0, "del"), ...cells(added[n], 1, "add"));
    }
    removed = []; added = [];
  };
  for (const row of body.rows) {
    if (row.className === "del") removed.push(row);
    else if (row.className === "add") added.push(row);
    else {
      flush();
      const tr = made.insertRow();
      if (row.className === "at") {
        tr.className = "at";
        const cells = Array.from({ length: 4 }, () => document.createElement("td")); // the first row says how wide
        cells[1].textContent = row.lastElementChild.textContent;
        tr.append(...cells);
      } else tr.append(...cells(row, 0, "same"), ...cells(row, 1, "same"));
    }
  }
  flush();
  return made;
}

// Two trials in two frames; which, stands behind the address's #, so that it can be linked to.
function twoTrials() {
  const form = document.getElementById("two");
  if (!form) return;
  const source = document.getElementById("trials-by-task");
  const byTask = JSON.parse(source.textContent);
  const frames = [...document.querySelectorAll(".frames iframe")];
  const { task, a, b } = form.elements;
  const show = () => {
    frames[0].parentElement.hidden = false;
    for (const [n, field] of [a, b].entries()) if (frames[n].dataset.shown !== field.value) {
      frames[n].dataset.shown = field.value;
      const address = source.dataset.address.replace("{}", field.value);
      frames[n].contentWindow.location.replace(new URL(address, location.href)); // "back" leads away, not through them
    }
  };
  const fill = (chosen) => {
    for (const [n, field] of [a, b].entries()) {
      const trials = byTask[task.value];
      field.replaceChildren(...trials.map((one) => new Option(...[one].flat())));
      const wanted = [...field.options].findIndex(({ value }) => value === chosen[n]);
      field.selectedIndex = wanted < 0 ? Math.min(n, trials.length - 1) : wanted;
    }
  };
  const fromAddress = () => {
    const chosen = location.hash.slice(1).split("&").filter(Boolean).map(decoded);
    const own = Object.keys(byTask).find((name) => byTask[name].some((trial) => [trial].flat().at(-1) === chosen[0]));
    if (own === undefined) return;
    task.value = own;
    fill(chosen);
    show();
  };
  const say = () => {
    history.replaceState(null, "", `#${a.value}&${b.value}`);
    show();
  };
  if (!Object.keys(byTask).length) { form.hidden = true; return; }
  task.addEventListener("change", () => { fill([]); say(); });
  for (const field of [a, b]) field.addEventListener("change", say);
  addEventListener("hashchange", fromAddress);
  fill([]);
  fromAddress();
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

if (window.top !== window.self) root.classList.add("framed");
theme(); filter(); changes(); twoTrials();
