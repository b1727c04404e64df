// Enhancements of the plain pages: voting without a page load, keyboard shortcuts, error messages, copy buttons.
// Everything works without this file.
"use strict";

function showMessage(text) {
  const region = document.getElementById("changed") || document.getElementById("messages");
  region.textContent = text;
}

document.addEventListener("htmx:sendError", () => {
  showMessage("Could not reach the server. Check your connection and try again.");
});
document.addEventListener("htmx:responseError", (event) => {
  const isRead = event.detail.requestConfig.verb === "get";
  const problem = isRead ? "The server returned an error." : "Your change was not saved.";
  showMessage(`${problem} Reload the page and try again.`);
});

// A redirect in response to a vote (the session has ended) must not put a whole page in place of the buttons.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (new URL(xhr.responseURL, location.href).pathname !== new URL(requestConfig.path, location.href).pathname) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

// The vote and save buttons of a page share one form; the response is the buttons in their new state.
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

// Filters are open if they are in a column of their own.
const view = document.querySelector(".view");
if (view && matchMedia("(min-width: 68rem)").matches) view.open = true;

const KEYS = [
  ["j", "next paper", () => step(1)],
  ["k", "previous paper", () => step(-1)],
  ["u", "thumbs up, or remove it", () => press(".vote:not(.save) > :first-child")],
  ["d", "thumbs down, or remove it", () => press(".vote:not(.save) > :last-child")],
  ["s", "save, or remove from the reading list", () => press(".save > button")],
  ["o", "open the paper", () => press("h2 a")],
  ["/", "search", () => focusSearch()],
  ["?", "show keyboard shortcuts", () => showKeys()],
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
  const button = current() && current().querySelector(selector);
  if (button) button.click();
}

function focusSearch() {
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
    dialog.innerHTML = `
      <h2 id="keys-title">Keyboard shortcuts</h2>
      <dl></dl>
      <form method="dialog"><button class="button quiet">Close</button></form>`;
    for (const [key, meaning] of KEYS) {
      const [term, description] = [document.createElement("dt"), document.createElement("dd")];
      term.appendChild(document.createElement("kbd")).textContent = key;
      description.textContent = meaning;
      dialog.querySelector("dl").append(term, description);
    }
    document.body.append(dialog);
  }
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable], dialog");
  const shortcut = KEYS.find(([key]) => key === event.key);
  if (!shortcut || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  event.preventDefault();
  shortcut[2]();
});

const footer = document.querySelector(".footer nav");
if (footer && papers().length) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Keyboard shortcuts (?)";
  button.addEventListener("click", showKeys);
  footer.append(button);
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

// A slider shows its value.
for (const slider of document.querySelectorAll("input[type=range][data-unit]")) {
  const output = document.createElement("output");
  output.htmlFor = slider.id;
  const showValue = () => { output.textContent = `${slider.value} ${slider.dataset.unit}`; };
  slider.addEventListener("input", showValue);
  slider.after(output);
  showValue();
}

// Usage statistics: which papers were in view for a second, and which outgoing links were followed.
const list = document.querySelector(".papers[data-ranking]");
const token = document.querySelector("#act [name=csrfmiddlewaretoken]");
if (list && token && window.IntersectionObserver) {
  const ranking = list.dataset.ranking;
  const timers = new Map();
  let seen = [];
  const send = (url, data) => {
    navigator.sendBeacon(url, new URLSearchParams({ csrfmiddlewaretoken: token.value, ranking, ...data }));
  };
  const flush = () => {
    if (seen.length) send("/shown/", { places: seen.splice(0, 200).join() });
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
    if (link && event.button < 2) send("/followed/", { paper: link.closest(".paper").id.replace("paper-", "") });
  };
  list.addEventListener("click", follow);
  list.addEventListener("auxclick", follow);
}

// A paper has the same address wherever it was opened from, because people cite and share it.
if (document.querySelector("article.paper-page") && new URLSearchParams(location.search).has("from")) {
  history.replaceState(null, "", location.pathname + location.hash);
}
