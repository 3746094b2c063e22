// The demonstration: everybody's real page side by side, and a clock that can be moved forward.

import { bringFont } from "./glyphs.js";
import { element } from "./elements.js";
import { say, language } from "./words.js";

bringFont();

const NARROW = 800;
const PANE_WIDTH = 370;
const SHOWN_MOST = 4;
const POLL = 15000;

const roles = document.getElementById("roles");
const panes = document.getElementById("panes");
const clockNow = document.getElementById("clock-now");
const clockQuiet = document.getElementById("clock-quiet");
const clockState = document.getElementById("clock-state");
const steps = Array.prototype.slice.call(document.querySelectorAll("[data-step]"));
const people = [];
const resetButton = document.getElementById("reset");
let run = "";
// Keys of the open panes, in the order they were opened.
let visible = [];

function room() {
  if (window.innerWidth < NARROW) return 1;
  return Math.max(2, Math.min(SHOWN_MOST, Math.floor(window.innerWidth / PANE_WIDTH)));
}

function showNow(state) {
  clockQuiet.hidden = !state.quiet_until;
  clockQuiet.textContent = state.quiet_until ? say("quiet_until", { clock: state.quiet_until }) : "";
  const match = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)/.exec(state.now);
  if (!match) return;
  const weekday = new Date(Date.UTC(+match[1], +match[2] - 1, +match[3])).getUTCDay();
  clockNow.textContent = say(room() === 1 ? "clock_now_short" : "clock_now", {
    year: match[1],
    month: +match[2],
    day: +match[3],
    weekday: say("weekday_" + weekday),
    clock: match[4],
  });
}

function addPerson(persona) {
  const person = { key: persona.key, unread: 0 };
  const name = say("role_and_name", { role: persona.role, name: persona.name });
  person.tab = element("button", "role");
  person.tab.type = "button";
  person.tab.id = "role-" + persona.key;
  person.tab.setAttribute("aria-controls", "pane-" + persona.key);
  const words = element("span");
  words.appendChild(element("span", "role-what", persona.role));
  words.appendChild(element("span", "role-name", persona.name));
  person.tab.appendChild(words);
  person.count = element("span", "role-count");
  person.count.hidden = true;
  person.tab.appendChild(person.count);
  person.tab.addEventListener("click", () => choose(person.key));
  person.tab.addEventListener("keydown", (event) => step(event, person));
  roles.appendChild(person.tab);

  person.pane = element("section", "pane");
  person.pane.id = "pane-" + persona.key;
  person.pane.setAttribute("aria-labelledby", "head-" + persona.key);
  const head = element("h2", "", name);
  head.id = "head-" + persona.key;
  person.pane.appendChild(head);
  const frame = element("iframe");
  frame.title = name;
  frame.setAttribute("allow", "geolocation; microphone; camera");
  frame.src = "/chat?persona=" + encodeURIComponent(persona.key);
  person.pane.appendChild(frame);
  panes.appendChild(person.pane);
  person.frame = frame;
  people.push(person);
}

// Left and right walk through the tabs, as on any row of tabs.
function step(event, person) {
  const way = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!way) return;
  event.preventDefault();
  const at = people.indexOf(person);
  people[(at + way + people.length) % people.length].tab.focus();
}

function choose(key) {
  if (room() === 1) visible = [key];
  else if (visible.indexOf(key) < 0) visible.push(key);
  else if (visible.length > 1) visible = visible.filter((one) => one !== key);
  fit();
}

// Who was opened first makes room.
function fit() {
  visible = visible.slice(-room());
  put();
}

function put() {
  const single = room() === 1;
  if (single) roles.setAttribute("role", "tablist");
  else roles.setAttribute("role", "group");
  people.forEach((person) => {
    const isShown = visible.indexOf(person.key) >= 0;
    person.pane.hidden = !isShown;
    person.tab.setAttribute(single ? "aria-selected" : "aria-pressed", String(isShown));
    person.tab.removeAttribute(single ? "aria-pressed" : "aria-selected");
    if (single) person.tab.setAttribute("role", "tab");
    else person.tab.removeAttribute("role");
    if (single) person.pane.setAttribute("role", "tabpanel");
    else person.pane.removeAttribute("role");
  });
}

function showUnread(person) {
  person.count.hidden = person.unread === 0;
  person.count.textContent = person.unread ? String(person.unread) : "";
  person.count.setAttribute("aria-label", say("unread", { n: person.unread }));
}

window.addEventListener("message", (event) => {
  if (event.origin !== window.location.origin || !event.data || event.data.linli !== "unread") return;
  const person = people.find((one) => one.frame.contentWindow === event.source);
  if (!person) return;
  person.unread = Number(event.data.count) || 0;
  showUnread(person);
});

window.addEventListener("resize", fit);

function ask(path, options) {
  return window.fetch(path, Object.assign({ credentials: "same-origin" }, options)).then((response) =>
    response.json().then((answer) => (response.ok ? answer : Promise.reject(answer))),
  );
}

steps.forEach((button) => {
  button.addEventListener("click", () => {
    steps.forEach((one) => (one.disabled = true));
    clockState.textContent = say("clock_moving");
    ask("/demo/clock", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ advance: button.dataset.step }),
    })
      .then((answer) => {
        showNow(answer);
        const arrived = answer.arrived;
        const some = arrived.reminders + arrived.digests + arrived.others > 0;
        clockState.textContent = say(some ? "clock_arrived" : "clock_quiet", arrived);
      })
      .catch((answer) => {
        clockState.textContent = (answer && answer.text) || say("clock_failed");
      })
      .then(() => {
        steps.forEach((one) => (one.disabled = false));
        button.focus();
      });
  });
});

// --- from the beginning ------------------------------------------------------------------------

let resetTimer = 0;

function disarm() {
  window.clearTimeout(resetTimer);
  delete resetButton.dataset.sure;
  resetButton.textContent = say("reset");
}

// The server forgets everything and comes back; then the page begins anew as well.
function awaitNew() {
  ask("/demo/state?lang=" + language())
    .then((state) => (state.run !== run ? window.location.reload() : Promise.reject()))
    .catch(() => window.setTimeout(awaitNew, 500));
}

resetButton.addEventListener("click", () => {
  if (!resetButton.dataset.sure) {
    resetButton.dataset.sure = "yes";
    resetButton.textContent = say("reset_sure");
    resetTimer = window.setTimeout(disarm, 6000);
    return;
  }
  disarm();
  ask("/demo/reset", { method: "POST" })
    .then(() => {
      resetButton.disabled = true;
      clockState.textContent = say("resetting");
      awaitNew();
    })
    .catch((answer) => {
      clockState.textContent = (answer && answer.text) || say("clock_failed");
    });
});

function poll() {
  ask("/demo/state?lang=" + language())
    .then(showNow)
    .catch(() => undefined);
}

ask("/demo/state?lang=" + language())
  .then((state) => {
    showNow(state);
    run = state.run;
    state.personas.forEach(addPerson);
    // One of each role first: that is a whole story.
    const roleOf = (key) => state.personas.find((one) => one.key === key).role;
    const keys = people.map((person) => person.key);
    const first = keys.filter((key, i) => keys.findIndex((k) => roleOf(k) === roleOf(key)) === i);
    visible = first.concat(keys.filter((key) => first.indexOf(key) < 0)).slice(0, room());
    put();
    window.setInterval(poll, POLL);
  })
  .catch((answer) => {
    clockState.textContent = (answer && answer.text) || say("clock_failed");
  });
