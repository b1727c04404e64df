// What plain HTML cannot do: vote without leaving the page, walk through papers by keys, say that a vote did not
// arrive, copy a key. Everything works without this file.
"use strict";

function say(words) {
  const place = document.getElementById("changed") || document.getElementById("messages");
  place.textContent = words;
}

document.addEventListener("htmx:sendError", () => say("It did not get through. Is the network there? Please try again."));
document.addEventListener("htmx:responseError", (event) => {
  const asked = event.detail.requestConfig.verb === "get";
  say(`${asked ? "There was no answer." : "It was not taken."} Please reload the page and try again.`);
});

// A vote that was answered by a redirect (the session is over) must not put a whole page where the buttons are.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (new URL(xhr.responseURL, location.href).pathname !== new URL(requestConfig.path, location.href).pathname) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

// Buttons of votes and of saving belong to one form per page; the answer is the buttons as they are then.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  const buttons = button && button.closest(".vote");
  if (event.target.id !== "act" || !buttons || !window.htmx) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(event.target, button));
  htmx.ajax("POST", button.getAttribute("formaction"), { target: buttons, swap: "outerHTML", values });
});

document.addEventListener("click", (event) => {
  const more = event.target.closest("a.more");
  if (!more || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  event.preventDefault();
  const opening = more.parentElement;
  const paper = opening.closest(".paper");
  htmx.ajax("GET", more.pathname, { target: opening, select: "#abstract", swap: "outerHTML" }).then(() => {
    const whole = paper.querySelector(".abstract");
    whole.removeAttribute("id");
    whole.focus({ preventScroll: true });
  });
});

// Where the list has a column beside it, its filters stand open there.
const view = document.querySelector(".view");
if (view && matchMedia("(min-width: 68rem)").matches) view.open = true;

const KEYS = [
  ["j", "next paper", () => step(1)],
  ["k", "previous paper", () => step(-1)],
  ["u", "thumbs up, or take it back", () => press(".vote:not(.save) > :first-child")],
  ["d", "thumbs down, or take it back", () => press(".vote:not(.save) > :last-child")],
  ["s", "save, or take off the reading list", () => press(".save > button")],
  ["o", "open the paper", () => press("h2 a")],
  ["/", "search", () => seek()],
  ["?", "show these keys", () => showKeys()],
];

function papers() {
  return [...document.querySelectorAll(".papers > .paper")];
}

function current() {
  return document.activeElement.closest(".paper") || document.querySelector("article.paper-page") || papers()[0];
}

function step(by) {
  const all = papers();
  const here = all.indexOf(document.activeElement.closest(".paper"));
  const next = all[here < 0 ? all.findIndex((paper) => paper.getBoundingClientRect().bottom > 0) : here + by];
  const link = next && next.querySelector("h2 a");
  if (!link) return;
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
}

function press(selector) {
  const found = current() && current().querySelector(selector);
  if (found) found.click();
}

function seek() {
  const field = document.querySelector("main input[type=search], input[type=search]");
  const link = document.querySelector("nav a[href^='/search/']");
  if (field) field.select() || field.focus();
  else if (link) link.click();
}

function showKeys() {
  let dialog = document.getElementById("keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.setAttribute("aria-labelledby", "keys-title");
    dialog.innerHTML = '<h2 id="keys-title">Keys</h2><dl></dl><form method="dialog"><button class="button quiet">Close</button></form>';
    for (const [key, meaning] of KEYS) {
      const [term, words] = [document.createElement("dt"), document.createElement("dd")];
      term.appendChild(document.createElement("kbd")).textContent = key;
      words.textContent = meaning;
      dialog.querySelector("dl").append(term, words);
    }
    document.body.append(dialog);
  }
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable], dialog");
  const found = KEYS.find(([key]) => key === event.key);
  if (!found || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  event.preventDefault();
  found[2]();
});

const foot = document.querySelector(".footer nav");
if (foot && papers().length) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Keys (?)";
  button.addEventListener("click", showKeys);
  foot.append(button);
}

for (const field of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    if (field.select) field.select();
    else getSelection().selectAllChildren(field);
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value ?? field.textContent);
    else document.execCommand("copy");
    button.textContent = "Copied";
  });
  field.after(button);
}

// A slider says where it stands.
for (const slider of document.querySelectorAll("input[type=range][data-unit]")) {
  const output = document.createElement("output");
  output.htmlFor = slider.id;
  const tell = () => { output.textContent = `${slider.value} ${slider.dataset.unit}`; };
  slider.addEventListener("input", tell);
  slider.after(output);
  tell();
}

// What came into view for a second, and which outgoing links were followed: so that the order can be judged.
const list = document.querySelector(".papers[data-ranking]");
const token = document.querySelector("#act [name=csrfmiddlewaretoken]");
if (list && token && window.IntersectionObserver) {
  const ranking = list.dataset.ranking;
  const timers = new Map();
  let seen = [];
  const tell = (address, what) => navigator.sendBeacon(address, new URLSearchParams({ csrfmiddlewaretoken: token.value, ranking, ...what }));
  const flush = () => {
    if (seen.length) tell("/shown/", { places: seen.splice(0, 200).join() });
  };
  const inView = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(timers.get(target));
      if (isIntersecting) timers.set(target, setTimeout(() => {
        inView.unobserve(target);
        seen.push(target.previousElementSibling.textContent.trim());
      }, 1000));
    }
  }, { threshold: 1 });
  for (const title of list.querySelectorAll(".position + h2")) inView.observe(title);
  setInterval(flush, 10000);
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  addEventListener("pagehide", flush);
  const follow = (event) => {
    const link = event.target.closest(".paper-actions .links a");
    if (link && event.button < 2) tell("/followed/", { paper: link.closest(".paper").id.replace("paper-", "") });
  };
  list.addEventListener("click", follow);
  list.addEventListener("auxclick", follow);
}

// The address of a paper is the paper's, from wherever it was opened: it is cited and passed on.
if (document.querySelector("article.paper-page") && new URLSearchParams(location.search).has("from")) {
  history.replaceState(null, "", location.pathname + location.hash);
}
