// Photos are made smaller on the device, then uploaded one after the other with their progress.

// 2048 × 1536, or more where a long picture would become too narrow to read.
const KEPT_PIXELS = 3145728;
const READABLE_SIDE = 1080;
// Larger canvases stay white in some browsers, without a word.
const CANVAS_PIXELS = 16000000;
const CANVAS_SIDE = 8192;
// What the server takes as it is.
const FILE_BYTES = 20 * 1024 * 1024;
const QUALITY = 0.85;
// A picture of 2 × 1 pixels that says "turn me by a quarter": does this browser turn it?
const TURNED =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////" +
  "////////////////////////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAFAAB" +
  "AAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z";

let turns = null;

function loaded(blob) {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(blob);
    const image = new Image();
    image.onload = () => {
      URL.revokeObjectURL(url);
      resolve(image);
    };
    image.onerror = () => {
      URL.revokeObjectURL(url);
      reject(new Error("unreadable"));
    };
    image.src = url;
  });
}

function browserTurns() {
  if (!turns) {
    const bytes = Uint8Array.from(window.atob(TURNED), (c) => c.charCodeAt(0));
    turns = loaded(new Blob([bytes], { type: "image/jpeg" })).then(
      (image) => image.width === 1 && image.height === 2,
      () => false,
    );
  }
  return turns;
}

// By how much a picture is made smaller: few pixels, but what is long stays readable.
export function shrinking(width, height) {
  const shrink = Math.min(1, Math.sqrt(KEPT_PIXELS / (width * height)));
  const short = Math.min(width, height);
  return short * shrink < READABLE_SIDE ? Math.min(1, READABLE_SIDE / short) : shrink;
}

// Gives a smaller JPEG; the file itself where the browser cannot make one, or not a readable one.
export async function smaller(file) {
  try {
    if (!(await browserTurns())) return file;
    const image = await loaded(file);
    let scale = shrinking(image.width, image.height);
    const pixels = image.width * image.height * scale * scale;
    const side = Math.max(image.width, image.height) * scale;
    if (pixels > CANVAS_PIXELS || side > CANVAS_SIDE) {
      const fits = scale * Math.min(1, Math.sqrt(CANVAS_PIXELS / pixels), CANVAS_SIDE / side);
      // Rather as it is, or refused as too large, than too narrow to read.
      const readable = Math.min(image.width, image.height) * fits >= READABLE_SIDE / 2;
      if (file.size <= FILE_BYTES || !readable) return file;
      scale = fits;
    }
    if (scale === 1 && file.size < 600 * 1024) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#fff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return blob && blob.size < file.size ? blob : file;
  } catch (error) {
    return file;
  }
}

// Resolves to the server's answer; rejects with {text, again}.
export function upload(query, kind, blob, onProgress, onRequest) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", blob, kind);
    request.open("POST", "/chat/files?" + query + "&kind=" + kind);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch (error) {
        answer = {};
      }
      if (request.status === 201) resolve(answer);
      else reject({ text: answer.text || "", again: request.status >= 500 || request.status === 429 });
    };
    request.onerror = () => reject({ text: "", again: true });
    request.onabort = () => reject({ text: "", again: true });
    request.ontimeout = () => reject({ text: "", again: true });
    request.timeout = 180000;
    if (onRequest) onRequest(request);
    request.send(body);
  });
}
