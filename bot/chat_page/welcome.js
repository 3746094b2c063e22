// The first words: how a person got here, what the page says before a conversation, and the button
// that begins one.

import { element } from "./elements.js";
import { language, say, setLanguage } from "./words.js";

const find = (id) => document.getElementById(id);

export class Welcome {
  // side: residents or staff. tab: where the arrival is kept over a reload.
  // on: {begin(payload), note(text), translated()}
  constructor(side, tab, on) {
    this.side = side;
    this.tab = tab;
    this.on = on;
    this.node = find("welcome");
    this.beginButton = find("begin");
    this.codeForm = find("code-form");
    this.arrived = this.arrival();
    this.beginButton.addEventListener("click", () => this.begin());
    this.codeForm.addEventListener("submit", (event) => {
      event.preventDefault();
      this.beginButton.click();
    });
    ["to-english", "to-chinese"].forEach((id) => {
      find(id).addEventListener("click", (event) => {
        event.preventDefault();
        setLanguage(id === "to-english" ? "en" : "zh-CN");
        on.translated();
      });
    });
  }

  // The address is cleaned at once: a code must not stay in histories and screenshots. Opening the
  // address does nothing; only a press does.
  arrival() {
    const asked = new URLSearchParams(window.location.search);
    let found = this.tab.get("arrival", null);
    const clean = (text) => (/^[A-Za-z0-9_-]{1,60}$/.test(text || "") ? text : "");
    if (this.side === "staff" && clean(asked.get("i"))) found = { kind: "invite", payload: asked.get("i") };
    else if (clean(asked.get("g"))) found = { kind: "grid", payload: "g-" + asked.get("g") };
    else if (clean(asked.get("start"))) found = { kind: "link", payload: asked.get("start") };
    this.tab.set("arrival", found);
    ["i", "g", "start", "lang"].forEach((name) => asked.delete(name));
    const rest = asked.toString();
    window.history.replaceState(null, "", window.location.pathname + (rest ? "?" + rest : ""));
    return found;
  }

  // The session's memory was cleared; how the person got here is no part of it.
  keepArrival() {
    if (this.arrived) this.tab.set("arrival", this.arrived);
  }

  arrivalDone() {
    this.arrived = null;
    this.tab.set("arrival", null);
  }

  hide() {
    this.node.hidden = true;
  }

  // isKnown: whether it is known that nothing was said yet, or what. isEmpty: nothing was.
  refresh(hasSession, isKnown, isEmpty) {
    this.node.hidden = !(isKnown && (isEmpty || this.arrived));
    if (this.node.hidden) return;
    const stranger = this.side === "staff" && !hasSession && !this.arrived;
    this.codeForm.hidden = !stranger;
    document.body.classList.toggle("stranger", stranger);
    find("welcome-more").hidden = hasSession;
    if (this.arrived && this.arrived.kind === "invite") {
      this.put("invite_title", ["invite_text"], "invite_accept");
      this.tellForWhom();
    } else if (stranger) {
      this.put("staff_title", ["staff_text"], "invite_accept");
    } else if (this.arrived && this.arrived.kind === "link") {
      this.put("link_title", ["link_text"], "link_open");
    } else if (this.side === "staff") {
      this.put("staff_welcome_title", ["staff_welcome_text"], "begin");
    } else {
      const grid = this.arrived ? ["welcome_grid"] : [];
      this.put("welcome_title", grid.concat(["welcome_text", "welcome_private"]), "begin");
      if (this.arrived) this.tellForWhom();
    }
  }

  // For whom an invitation is, and to which post: whoever accepts it should know before. Whose
  // poster it was, and who works there.
  tellForWhom() {
    const code = this.arrived.payload;
    if (this.told && this.told.code === code && this.told.language === language()) {
      this.showForWhom();
      return;
    }
    this.lookUp(code).then((text) => {
      if (!this.arrived || this.arrived.payload !== code) return;
      this.told = { code: code, language: language(), text: text };
      this.showForWhom();
    });
  }

  showForWhom() {
    if (!this.told.text) return;
    const text = find("welcome-text");
    if (this.arrived.kind === "grid") {
      text.firstChild.textContent = this.told.text;
      return;
    }
    const said = element("p", "invited", this.told.text);
    text.insertBefore(said, text.firstChild);
  }

  // Says nothing where the code opens nothing, or nobody answers: accepting it tells why.
  lookUp(code) {
    return fetch("/chat/invitation?lang=" + language(), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: code }),
      credentials: "same-origin",
    })
      .then((response) => (response.ok ? response.json() : {}))
      .then((found) => found.text || "")
      .catch(() => "");
  }

  put(title, paragraphs, button) {
    const text = find("welcome-text");
    find("welcome-title").textContent = say(title);
    text.textContent = "";
    paragraphs.forEach((name) => text.appendChild(element("p", "", say(name))));
    this.beginButton.textContent = say(button);
  }

  begin() {
    let payload = this.arrived ? this.arrived.payload : "";
    if (!this.codeForm.hidden) {
      payload = find("code").value.trim();
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(payload)) {
        this.on.note(say("invite_code_wrong"));
        find("code").focus();
        return;
      }
      this.look(payload);
      return;
    }
    this.enter(payload);
  }

  // What was typed is told first as what a link brings; a code that opens nothing goes on to be
  // answered in the conversation.
  look(code) {
    this.lookUp(code).then((text) => {
      if (!text) {
        this.enter(code);
        return;
      }
      this.arrived = { kind: "invite", payload: code };
      this.told = { code: code, language: language(), text: text };
      this.tab.set("arrival", this.arrived);
      this.on.translated();
    });
  }

  enter(payload) {
    this.on.note("");
    this.arrivalDone();
    document.body.classList.remove("stranger");
    this.on.begin(payload);
  }
}
