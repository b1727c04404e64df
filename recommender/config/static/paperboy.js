// What plain HTML cannot do: say that a vote did not arrive, and copy a key. Everything works without this file.
"use strict";

function say(words) {
  const place = document.getElementById("changed") || document.getElementById("messages");
  place.textContent = words;
}

document.addEventListener("htmx:sendError", () => say("The vote did not get through. Is the network there? Please try again."));
document.addEventListener("htmx:responseError", () => say("The vote was not taken. Please reload the page and try again."));

// A vote that was answered by a redirect (the session is over) must not put a whole page where the buttons are.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (new URL(xhr.responseURL, location.href).pathname !== new URL(requestConfig.path, location.href).pathname) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

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
