// Tells where the person is, if they want; writing the place down is always possible.

import { say } from "./words.js";

const PATIENCE = 15000;

export class Place {
  // on: {measured(position), type()}
  constructor(on) {
    this.on = on;
    this.sheet = document.getElementById("place-sheet");
    this.state = document.getElementById("place-state");
    this.measureButton = document.getElementById("place-measure");
    this.opener = document.getElementById("tool-place");
    this.measureButton.addEventListener("click", () => this.measure());
    document.getElementById("place-type").addEventListener("click", () => {
      this.close(false);
      this.on.type();
    });
    document.getElementById("place-close").addEventListener("click", () => this.close(true));
    this.sheet.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close(true);
    });
  }

  open() {
    this.sheet.hidden = false;
    this.state.textContent = "";
    this.measureButton.disabled = false;
    this.measureButton.focus();
  }

  close(back) {
    this.asking = null;
    this.sheet.hidden = true;
    if (back) this.opener.focus();
  }

  measure() {
    if (!navigator.geolocation) {
      this.state.textContent = say("place_unavailable");
      return;
    }
    const asking = {};
    this.asking = asking;
    this.measureButton.disabled = true;
    this.state.textContent = say("place_measuring");
    navigator.geolocation.getCurrentPosition(
      (position) => {
        if (this.asking !== asking) return;
        this.close(true);
        this.on.measured(position.coords);
      },
      (error) => {
        if (this.asking !== asking) return;
        this.measureButton.disabled = false;
        const reasons = { 1: "place_denied", 3: "place_timeout" };
        this.state.textContent = say(reasons[error.code] || "place_unavailable");
      },
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 60000 },
    );
  }
}
