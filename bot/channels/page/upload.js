// Photos are made smaller on the device, then uploaded one after the other with their progress.

const MAX_SIDE = 2048;
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

// Gives a JPEG of at most 2048 pixels; the file itself where the browser cannot make one.
export async function smaller(file) {
  try {
    if (!(await browserTurns())) return file;
    const image = await loaded(file);
    const scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height));
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
