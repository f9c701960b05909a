// Keeps the page up to date: asks for itself every two seconds, and takes the new content when it has changed.
(() => {
  "use strict";
  const PERIOD = 2000;
  const live = document.getElementById("live");
  const words = document.createElement("span");
  const button = document.createElement("button");
  button.type = "button";
  live.replaceChildren(words, button);
  let tag = null;
  let paused = false;

  const say = (text) => { if (words.textContent !== text) words.textContent = text; };

  const show = () => {
    button.textContent = paused ? "Go on" : "Pause";
    say(paused ? "Updates are paused." : "Updates by itself.");
  };

  const isBusy = (main) => {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && main.contains(selection.anchorNode);
  };

  const take = (html) => {
    const main = document.getElementById("main");
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    if (!fresh || isBusy(main)) return false;
    // what a reader has opened stays open, where they have scrolled stays in view, what has the focus keeps it
    for (const old of main.querySelectorAll("details[id]")) {
      const same = fresh.querySelector(`#${CSS.escape(old.id)}`);
      if (same) same.open = old.open;
    }
    const links = [...main.querySelectorAll("a, summary, [tabindex]")];
    const focused = links.indexOf(document.activeElement);
    const log = main.querySelector(".log");
    const place = log && { top: log.scrollTop, end: log.scrollTop + log.clientHeight > log.scrollHeight - 8 };
    main.replaceChildren(...fresh.childNodes);
    const newLog = main.querySelector(".log");
    if (newLog && place) newLog.scrollTop = place.end ? newLog.scrollHeight : place.top;
    if (focused >= 0) [...main.querySelectorAll("a, summary, [tabindex]")][focused]?.focus({ preventScroll: true });
    return true;
  };

  const look = async () => {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      say("Updates by itself.");
      if (answer.status === 304) return;
      const html = await answer.text();
      if (take(html)) tag = answer.headers.get("ETag");
    } catch {
      say("The pocket AWS does not answer.");
    }
  };

  button.addEventListener("click", () => { paused = !paused; show(); });
  document.addEventListener("visibilitychange", look);
  const log = document.querySelector(".log");
  if (log) log.scrollTop = log.scrollHeight;
  show();
  look();
  setInterval(look, PERIOD);
})();
