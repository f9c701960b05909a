// What the page does, step by step, and nothing of how it looks.
//
//   start:   ask the API for a grant    (JSON to another origin: the browser asks first, with a preflight)
//   send:    post the file to S3         (a form to another origin: no preflight)
//   collect: ask S3 for the result       (a GET: no preflight) until it is there
//
// What is going on is remembered in this browser, so that a reload does not lose it.

const KEPT = "upload";
const TYPES = ["image/jpeg", "image/png", "image/gif"];
const LARGEST = 5_000_000; // bytes
const PAUSES = { first: 500, longest: 8000, factor: 2, attempts: 12 }; // milliseconds

/** Something that people can do something about; `passing` when they need only wait. */
export class Problem extends Error {
  constructor(message, { passing = false } = {}) {
    super(message);
    this.passing = passing;
  }
}

export const kept = {
  read: () => JSON.parse(localStorage.getItem(KEPT) ?? "null"),
  write: (upload) => localStorage.setItem(KEPT, JSON.stringify(upload)),
  forget: () => localStorage.removeItem(KEPT),
};

/** Refuse at once what S3 would refuse anyway, after the whole file had been sent. */
export function check(file) {
  if (!TYPES.includes(file.type)) throw new Problem("This is no photograph: choose a JPEG, PNG or GIF file.");
  if (file.size === 0) throw new Problem("This file is empty.");
  if (file.size > LARGEST) {
    const size = (file.size / 1_000_000).toFixed(1);
    throw new Problem(`This photograph has ${size} MB; at most 5 MB are taken. Choose a smaller one.`);
  }
}

/** Ask for a grant; remember what came with it. */
export async function start(api, file) {
  const answer = await ask(`${api}/uploads`, { type: file.type });
  const upload = { name: file.name, state: answer.state, result: answer.result, sent: false };
  kept.write(upload);
  return { upload, grant: answer.upload };
}

/** Send the file to S3; `progress` is told which part of it has gone. */
export function send(grant, file, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(grant.fields)) form.append(name, value);
  form.append("file", file); // last: what follows the file is not read
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far an upload has come
    request.open("POST", grant.url);
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request.responseText)));
    request.onerror = () => reject(new Problem("The photograph could not be sent. Are you online? Try again."));
    request.send(form);
  });
}

/** S3's refusal, in words for people. */
function refusal(xml) {
  const code = /<Code>(\w+)<\/Code>/.exec(xml)?.[1];
  if (code === "EntityTooLarge") return new Problem("This photograph is too large. Choose a smaller one.");
  if (code === "EntityTooSmall") return new Problem("This file is empty.");
  if (code === "AccessDenied") return new Problem("It took too long, or the file has changed meanwhile. Try again.");
  return new Problem(`The storage did not take the photograph (${code ?? "no reason given"}). Try again.`);
}

/** Wait for the result, longer each time, never in step with other pages; then return it as a Blob. */
export async function collect(api, upload) {
  let pause = PAUSES.first;
  for (let attempt = 0; attempt < PAUSES.attempts; attempt += 1) {
    const answer = await fetch(upload.result).catch(() => null); // null: no network, for now
    if (answer?.ok) return finished(answer);
    if (answer?.status === 403) upload = await resume(api, upload); // the link is too old: we have a token for a new one
    else if (attempt >= 3 && !upload.sent) break; // reloaded while it was being sent: it did not arrive
    await new Promise((wake) => setTimeout(wake, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(pause * PAUSES.factor, PAUSES.longest);
  }
  if (!upload.sent) throw new Problem("The upload was interrupted. Choose the photograph again.");
  throw new Problem("It takes longer than usual. Reload this page later: your upload is not lost.", { passing: true });
}

/** A new link to the result. */
async function resume(api, upload) {
  const { result } = await ask(`${api}/resume`, { state: upload.state });
  const renewed = { ...upload, result };
  kept.write(renewed);
  return renewed;
}

/** The thumbnail; or the reason why there is none. */
async function finished(answer) {
  if (answer.headers.get("Content-Type").startsWith("image/")) return answer.blob();
  throw new Problem((await answer.json()).message);
}

/** Ask our API. */
async function ask(url, value) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(value) }).catch(() => null);
  if (!answer) throw new Problem("The service cannot be reached. Are you online? Try again.");
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 429 || answer.status >= 500) throw new Problem("The service is busy. Try again in a minute.");
  throw new Problem(said.message ?? "The service did not take this.");
}
