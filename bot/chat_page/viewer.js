// Shows photos large: arrows and Escape work, and focus goes back to where it came from.

import { say } from "./words.js";

export class Viewer {
  constructor() {
    this.node = document.getElementById("viewer");
    this.image = document.getElementById("viewer-image");
    this.count = document.getElementById("viewer-count");
    this.closeButton = document.getElementById("viewer-close");
    this.left = document.getElementById("viewer-left");
    this.right = document.getElementById("viewer-right");
    this.closeButton.addEventListener("click", () => this.close());
    this.left.addEventListener("click", () => this.turn(-1));
    this.right.addEventListener("click", () => this.turn(1));
    this.node.addEventListener("click", (event) => {
      if (event.target === this.node) this.close();
    });
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  open(urls, index, opener) {
    this.urls = urls;
    this.opener = opener;
    this.node.hidden = false;
    this.left.hidden = this.right.hidden = urls.length < 2;
    this.show(index);
    this.closeButton.focus();
  }

  show(index) {
    this.index = (index + this.urls.length) % this.urls.length;
    const words = say("photo_of", { n: this.index + 1, of: this.urls.length });
    this.image.src = this.urls[this.index];
    this.image.alt = words;
    this.count.textContent = words;
    // One alone is not counted.
    this.count.hidden = this.urls.length < 2;
  }

  turn(step) {
    this.show(this.index + step);
  }

  close() {
    this.node.hidden = true;
    this.image.removeAttribute("src");
    if (this.opener) this.opener.focus();
  }

  key(event) {
    if (event.key === "Escape") this.close();
    if (event.key === "ArrowLeft" && this.urls.length > 1) this.turn(-1);
    if (event.key === "ArrowRight" && this.urls.length > 1) this.turn(1);
    if (event.key !== "Tab") return;
    const stops = [this.closeButton, this.left, this.right].filter((one) => !one.hidden);
    const at = stops.indexOf(document.activeElement);
    const next = stops[(at + (event.shiftKey ? -1 : 1) + stops.length) % stops.length];
    event.preventDefault();
    next.focus();
  }
}
