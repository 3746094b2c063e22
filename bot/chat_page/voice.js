// Records a voice where the browser can; elsewhere the device's own recorder is asked for a file.

const LONGEST_SECONDS = 180;
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4", "audio/webm"];

export class Voice {
  // on: {recorded(blob), pick(), trouble(name)}
  constructor(on) {
    this.on = on;
    this.sheet = document.getElementById("voice-sheet");
    this.time = document.getElementById("voice-time");
    this.sendButton = document.getElementById("voice-send");
    this.opener = document.getElementById("tool-voice");
    this.sendButton.addEventListener("click", () => this.finish(true));
    document.getElementById("voice-cancel").addEventListener("click", () => this.finish(false));
    this.sheet.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.finish(false);
    });
  }

  get canRecord() {
    const devices = navigator.mediaDevices;
    return Boolean(window.MediaRecorder && devices && devices.getUserMedia);
  }

  async start() {
    if (this.recorder) return;
    if (!this.canRecord) {
      this.on.pick();
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      if (error.name === "NotAllowedError" || error.name === "SecurityError") {
        this.on.trouble("voice_denied");
      } else {
        this.on.pick();
      }
      return;
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported && MediaRecorder.isTypeSupported(one));
    const options = type ? { mimeType: type, audioBitsPerSecond: 32000 } : {};
    this.stream = stream;
    this.pieces = [];
    this.recorder = new MediaRecorder(stream, options);
    this.recorder.ondataavailable = (event) => {
      if (event.data.size) this.pieces.push(event.data);
    };
    this.recorder.onstop = () => this.stopped();
    this.recorder.start(1000);
    this.began = Date.now();
    this.wanted = false;
    this.sheet.hidden = false;
    this.sendButton.focus();
    this.tick();
  }

  tick() {
    if (!this.recorder) return;
    const seconds = Math.floor((Date.now() - this.began) / 1000);
    this.time.textContent = Math.floor(seconds / 60) + ":" + ("0" + (seconds % 60)).slice(-2);
    if (seconds >= LONGEST_SECONDS) {
      this.finish(true);
      return;
    }
    this.timer = window.setTimeout(() => this.tick(), 500);
  }

  finish(wanted) {
    if (!this.recorder) return;
    window.clearTimeout(this.timer);
    this.wanted = wanted;
    // Who presses sees it at once, however long the recorder takes to end.
    this.sheet.hidden = true;
    this.opener.focus();
    if (this.recorder.state === "inactive") this.stopped();
    else this.recorder.stop();
  }

  stopped() {
    if (!this.recorder) return;
    const type = this.recorder.mimeType || "audio/webm";
    this.stream.getTracks().forEach((track) => track.stop());
    this.recorder = null;
    this.sheet.hidden = true;
    const blob = new Blob(this.pieces, { type });
    this.pieces = [];
    if (!this.wanted) return;
    if (blob.size > 0) this.on.recorded(blob);
    else this.on.trouble("voice_empty");
  }
}
