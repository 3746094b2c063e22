// Puts the page together: the line to the server, the conversation, and what a person can do.

import { Composer } from "./composer.js";
import { Desk } from "./desk.js";
import { bringFont } from "./glyphs.js";
import { Keep } from "./keep.js";
import { Link } from "./link.js";
import { Notices } from "./notices.js";
import { Outage } from "./outage.js";
import { Place } from "./place.js";
import { Tray } from "./tray.js";
import { View } from "./view.js";
import { Viewer } from "./viewer.js";
import { Voice } from "./voice.js";
import { Welcome } from "./welcome.js";
import { label, language, say, setLanguage } from "./words.js";

bringFont();

const DOWN_AFTER = 1500;
// After so many lines in a row that brought nothing it is no short break.
const NO_SHORT_BREAK = 3;
const FIRST_TRY_AGAIN = 2000;
const LAST_TRY_AGAIN = 60000;

const body = document.body;
const side = body.dataset.side;
const persona = body.dataset.persona;
const query = persona ? "persona=" + encodeURIComponent(persona) : "side=" + side;
const scope = persona ? "demo-" + persona : side;
const device = new Keep("device", scope);
const tab = new Keep("tab", scope);
const find = (id) => document.getElementById(id);

const outage = new Outage(find("line-state"), body.dataset.phone);
let hasSession = body.dataset.session === "yes";
// A session that ended while no page was open: what this device kept of it goes before it is read.
const leftUnsent = hasSession || !device.get("account", "") ? null : dropLeft();
let seenUpto = 0;
let profile = { elder: document.documentElement.classList.contains("elder") };
let opening = null;
let downTimer = 0;
let againTimer = 0;
let tryAgain = FIRST_TRY_AGAIN;
let keepsNoCookie = false;
let isDown = false;
let isFlooded = false;
// The last words under an account stand there; what is said next begins a page of its own.
let isFarewell = false;

// Gives whether something had not been sent.
function dropLeft() {
  const said = device.names("said:").map((name) => device.get(name, null));
  device.clear();
  tab.clear();
  return said.some((one) => one && !one.stored && !one.failed);
}

// --- the parts -----------------------------------------------------------------------------------

const viewer = new Viewer();
const view = new View(query, {
  press(choice, seq) {
    const twice = view.pressed[seq] && view.pressed[seq][choice.action] === "sending";
    if (twice) return;
    view.wasPressed(seq);
    speak({ type: "press", action: choice.action, seq }, null);
  },
  photo(urls, index, opener) {
    viewer.open(urls, index, opener);
  },
  seen(upto) {
    seenUpto = Math.max(seenUpto, upto);
    link.transmit({ type: "seen", upto: seenUpto });
  },
  unread(count) {
    if (window.parent !== window) {
      window.parent.postMessage({ linli: "unread", persona, count }, window.location.origin);
    }
    const base = say(side === "staff" ? "title_staff" : "title");
    document.title = count > 0 && document.hidden ? "(" + count + ") " + base : base;
  },
  edit(entry) {
    link.forget(entry.id);
    view.removeOwn(entry.id);
    composer.edit(entry.frame.text);
  },
});

const desk = new Desk(find("desk"), query, {
  isIn: () => hasSession && !document.body.classList.contains("stranger"),
  draw: (frame, press) => view.drawApart(frame, press),
  press: (choice) => speak({ type: "press", action: choice.action }, null),
});

const link = new Link(query, device, {
  frame: heard,
  line: lineChanged,
  foreign() {
    dropRest();
    view.clear();
  },
  entry(entry) {
    view.entry(entry);
    if (isFlooded && entry.stored) {
      isFlooded = false;
      tellLine("");
    }
  },
});

const notices = new Notices(device, () => view.toEnd(false));

const tray = new Tray(query, tab, {
  changed: () => composer.refresh(),
  ready: () => ensureSession(),
  note: (text) => composer.tell(text),
  done(item) {
    // A voice, or an elder's photo, goes at once: no further tap.
    if (item.direct && !tray.isBusy && !tray.hasFailed) composer.submit();
  },
});

const composer = new Composer(tab, tray, {
  speak,
  grown: () => view.keepEnd(),
  isElder: () => profile.elder,
});

const voice = new Voice({
  recorded: (blob) => tray.add([blob], "voice", { direct: true }),
  pick: () => find("voice-file").click(),
  trouble: (name) => composer.tell(say(name)),
});

const place = new Place({
  measured(coords) {
    const frame = { type: "place", latitude: coords.latitude, longitude: coords.longitude };
    if (isFinite(coords.accuracy)) frame.accuracy = Math.min(coords.accuracy, 4e7);
    speak(frame, {});
  },
  type: () => composer.askForPlace(),
});

const welcome = new Welcome(side, tab, {
  begin(payload) {
    speak({ type: "start", payload }, null);
    // Where fingers type, focus would open the keyboard over the answer.
    const fingers = window.matchMedia("(hover: none)").matches;
    (fingers ? view.talk : composer.box).focus({ preventScroll: true });
  },
  note: (text) => composer.tell(text),
  translated() {
    refreshWelcome();
    refreshAwaiting();
  },
});

// --- what the server says ------------------------------------------------------------------------

function heard(frame) {
  if (frame.type === "profile") applyProfile(frame);
  else if (frame.type === "message") {
    if (frame.seen) seenUpto = Math.max(seenUpto, frame.seq);
    (frame.takes_back || []).forEach((id) => {
      link.forget(id);
      view.removeOwn(id);
    });
    if (frame.farewell) {
      sessionOver(frame);
      forgetPictures();
    } else {
      view.message(frame);
      if (view.settled) desk.refresh();
      notices.tell(frame);
      if (view.settled) notices.begin();
    }
    if (view.settled) refreshAwaiting();
  } else if (frame.type === "own") {
    link.told(frame.id);
    view.own(frame);
  } else if (frame.type === "reset") {
    view.clear();
  } else if (frame.type === "ready") {
    if ("more" in frame) find("earlier").hidden = !frame.more;
    link.entries.forEach((entry) => view.entry(entry));
    view.settle();
    desk.refresh(0);
    if (seenUpto) link.transmit({ type: "seen", upto: seenUpto });
    view.report();
    refreshWelcome();
    refreshAwaiting();
    if (!view.isEmpty) notices.begin();
  } else if (frame.type === "earlier") {
    find("earlier").hidden = !frame.more;
    find("earlier").disabled = false;
    earlierDone();
  } else if (frame.type === "notice" && frame.code === "flood") {
    isFlooded = true;
    tellLine(frame.text);
  } else if (frame.type === "notice") {
    if (frame.code !== "revoked") composer.tell(frame.text);
    else lineChanged("closed");
  } else if (frame.type === "error" && !frame.id && !frame.again) {
    composer.tell(frame.text);
  }
}

function applyProfile(frame) {
  profile = frame;
  document.documentElement.classList.toggle("elder", frame.elder);
  composer.grow();
  const elder = find("elder-button");
  if (elder) label(elder, frame.elder ? "more_elder_off" : "more_elder_on");
  if (setLanguage(frame.language)) {
    find("log").setAttribute("aria-label", say("log_label"));
    if (link.ready || !view.isEmpty) {
      view.clear();
      link.again();
    }
    desk.refresh(0);
    refreshAwaiting();
    refreshWelcome();
  }
}

function tellLine(text) {
  if (!keepsNoCookie) outage.plain(text);
}

function unsent() {
  return link.entries.filter((one) => !one.stored && !one.failed);
}

function tellOutage() {
  if (keepsNoCookie) {
    outage.tell("no_cookie", unsent().map((one) => one.frame.text));
    view.waiting(true);
  } else if (isDown) {
    const name = link.failures >= NO_SHORT_BREAK ? "line_down_long" : "line_down";
    outage.tell(name, unsent().map((one) => one.frame.text));
  }
}

function lineChanged(state) {
  window.clearTimeout(downTimer);
  isDown = isDown && state === "down";
  if (state === "up") {
    tryAgain = FIRST_TRY_AGAIN;
    tellLine("");
    view.waiting(false);
  } else if (state === "closed" && link.owner) {
    sessionOver(null);
    forgetPictures();
  } else if (state === "closed") {
    // Nothing was ever stored: a newcomer's words wait for the next session.
    link.close();
    window.clearTimeout(downTimer);
    hasSession = false;
    desk.close();
    tellLine("");
    view.clear();
    unsent().forEach((entry) => view.entry(entry));
    refreshWelcome();
    if (unsent().length) againLater();
  } else {
    tellOutage();
    downTimer = window.setTimeout(() => {
      isDown = true;
      tellOutage();
      view.waiting(true);
    }, DOWN_AFTER);
  }
}

// The session is over: nothing of it stays on the screen or on the device, but the last words.
function sessionOver(farewell) {
  const hadUnsent = unsent().length > 0;
  link.close();
  link.wipe();
  hasSession = isDown = isFlooded = false;
  desk.close();
  window.clearTimeout(downTimer);
  window.clearTimeout(againTimer);
  dropRest();
  tellLine("");
  view.clear();
  find("earlier").hidden = true;
  isFarewell = Boolean(farewell);
  if (farewell) {
    view.log.setAttribute("aria-live", "polite");
    view.message(farewell);
    view.settle();
  }
  view.count();
  tellEnd(!farewell, hadUnsent);
  refreshAwaiting();
  refreshWelcome();
}

// The answer to a page without a session lets the browser forget what it was shown.
function forgetPictures() {
  ask("GET", "/chat/session?" + query).catch(() => undefined);
}

function tellEnd(isTold, hadUnsent) {
  const names = [isTold ? "notice_revoked" : "", hadUnsent ? "dropped_unsent" : ""];
  composer.tell(names.filter(Boolean).map((name) => say(name)).join(" "));
}

// What a page keeps beside the conversation: what is written, picked, recorded or looked at.
function dropRest() {
  voice.finish(false);
  place.close(false);
  if (!viewer.node.hidden) viewer.close();
  tray.clear();
  tab.clear();
  welcome.keepArrival();
  seenUpto = 0;
  composer.drop();
}

// Another page of this browser was told first, or signed out.
window.addEventListener("storage", (event) => {
  const wasOurs = event.key === device.prefix + "account" && event.oldValue === JSON.stringify(link.account);
  if (!wasOurs || device.get("account", "")) return;
  link.drop();
  dropRest();
  view.clear();
  refreshAwaiting();
  link.again();
});

// Ever more seldom: a server that is busy, or a browser that forgets, must not be asked in a hurry.
function againLater() {
  window.clearTimeout(againTimer);
  againTimer = window.setTimeout(() => {
    if (unsent().length) ensureSession();
  }, tryAgain * (0.5 + Math.random()));
  tryAgain = Math.min(tryAgain * 2, LAST_TRY_AGAIN);
}

// --- what the person says ------------------------------------------------------------------------

function speak(frame, echo) {
  const arrived = welcome.arrived;
  if (arrived && arrived.kind === "grid" && frame.type !== "start") {
    const payload = arrived.payload;
    welcome.arrivalDone();
    // Words are answered at once: danger never stands below a greeting.
    link.say({ type: "start", payload, says_more: Boolean(frame.text) }, null);
  }
  if (isFarewell) view.clear();
  isFarewell = false;
  const entry = link.say(frame, echo);
  welcome.hide();
  view.entry(entry);
  if (echo) view.toEnd(false);
  view.expect();
  if (isDown) view.waiting(true);
  if (isDown || keepsNoCookie) tellOutage();
  ensureSession();
  refreshAwaiting();
  return entry;
}

// A session begins with the first thing a person does.
function ensureSession() {
  if (keepsNoCookie) return Promise.reject({ text: say("no_cookie"), again: false });
  if (hasSession) {
    link.open();
    return Promise.resolve();
  }
  if (!opening) {
    opening = openSession();
    opening.catch(() => undefined);
  }
  return opening;
}

function openSession() {
  return ask("POST", "/chat/session", { side, language: language() })
    .then(() => ask("GET", "/chat/session?" + query))
    .then(() => {
      hasSession = true;
      opening = null;
      link.open();
      return undefined;
    })
    .catch((answer) => {
      opening = null;
      // The session was opened and is unknown a moment later: the browser keeps no cookie. Said
      // once; to begin again and again would help nobody.
      keepsNoCookie = answer && answer.error === "no_session";
      if (keepsNoCookie) tellOutage();
      else {
        link.failures += 1;
        lineChanged("down");
        if (answer && answer.text) composer.tell(answer.text);
        againLater();
      }
      const text = (answer && answer.text) || "";
      return Promise.reject(keepsNoCookie ? { text: say("no_cookie"), again: false } : { text, again: true });
    });
}

function ask(method, address, content) {
  return window
    .fetch(address, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: content && JSON.stringify(content),
    })
    .then((response) => (response.ok ? response : response.json().then((answer) => Promise.reject(answer))));
}

function command(name) {
  closeMore();
  speak({ type: "command", command: name }, null);
}

// --- the composer ---------------------------------------------------------------------------------

function refreshAwaiting() {
  composer.expect(view.awaiting);
}

find("tool-voice").addEventListener("click", () => {
  composer.tell("");
  voice.start();
});
find("tool-place").addEventListener("click", () => place.open());
find("tool-menu").addEventListener("click", () => command("menu"));
find("tool-own").addEventListener("click", (event) => {
  if (desk.isOpen) desk.lead();
  else command(event.currentTarget.dataset.command);
});

// --- the header ----------------------------------------------------------------------------------

const moreButton = find("more-button");
const more = find("more");

function closeMore() {
  more.hidden = true;
  moreButton.setAttribute("aria-expanded", "false");
}

moreButton.addEventListener("click", () => {
  more.hidden = !more.hidden;
  moreButton.setAttribute("aria-expanded", String(!more.hidden));
  if (!more.hidden) more.querySelector("button, a").focus();
});
document.addEventListener("click", (event) => {
  if (!more.contains(event.target) && !moreButton.contains(event.target)) closeMore();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !more.hidden) {
    closeMore();
    moreButton.focus();
  }
});
more.querySelectorAll("[data-command]").forEach((button) => {
  button.addEventListener("click", () => command(button.dataset.command));
});
if (find("elder-button")) {
  find("elder-button").addEventListener("click", () => {
    closeMore();
    speak({ type: "press", action: profile.elder ? "menu.elder:off" : "menu.elder:on" }, null);
  });
}
if (find("leave-button")) {
  const leave = find("leave-button");
  let armed = 0;
  leave.addEventListener("click", () => {
    if (Date.now() - armed > 8000) {
      armed = Date.now();
      leave.textContent = say("more_leave_sure");
      for (const one of [find("leave-note"), find("leave-code")]) if (one) one.hidden = false;
      return;
    }
    ask("POST", "/chat/session/end", { side })
      .then(() => {
        sessionOver(null);
        window.location.replace(window.location.pathname);
      })
      .catch(() => composer.tell(say("leave_failed")));
  });
}

if (find("leave-code")) {
  find("leave-code").addEventListener("click", () => {
    closeMore();
    speak({ type: "press", action: "residents.recovery" }, null);
  });
}

// What was printed stands in its conversation again.
window.addEventListener("afterprint", () => document.body.classList.remove("prints"));
if (find("notices-button")) find("notices-button").addEventListener("click", closeMore);

// --- earlier lines -------------------------------------------------------------------------------

let earlierDone = () => undefined;
find("earlier").addEventListener("click", () => {
  const before = view.talk.scrollHeight - view.talk.scrollTop;
  find("earlier").disabled = true;
  find("log").setAttribute("aria-live", "off");
  link.transmit({ type: "earlier", before: view.oldest });
  earlierDone = () => {
    view.talk.scrollTop = view.talk.scrollHeight - before;
    find("log").setAttribute("aria-live", "polite");
  };
});

// --- the first words -----------------------------------------------------------------------------

function refreshWelcome() {
  const isEmpty = view.isEmpty && !link.entries.some((one) => one.echo || one.frame.type === "start");
  welcome.refresh(hasSession, !hasSession || view.settled, isEmpty);
}

// --- begin ---------------------------------------------------------------------------------------

composer.grow();
composer.refresh();
refreshAwaiting();
// Pressed before this, a button would do nothing and not say so: until then they wait.
document.querySelectorAll("button[disabled]").forEach((button) => (button.disabled = false));
if (leftUnsent) tellEnd(true, true);
if (hasSession) link.open();
else if (unsent().length) ensureSession();
refreshWelcome();
