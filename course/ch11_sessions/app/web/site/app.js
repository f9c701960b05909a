// How the page looks while workflow.js does its work.

import { Problem, check, collect, kept, send, start } from "./workflow.js";

const [form, file, button, progress, message, result, thumbnail, caption] = [
  "form", "file", "send", "progress", "message", "result", "thumbnail", "caption",
].map((id) => document.getElementById(id));
const { api } = await (await fetch("config.json")).json();

function say(text, problem = false) {
  message.textContent = text;
  message.classList.toggle("problem", problem);
}

/** Show how far it is: a part from 0 to 1, null for "nobody knows", undefined for nothing at all. */
function show(part) {
  progress.hidden = part === undefined;
  if (part == null) progress.removeAttribute("value");
  else progress.value = part;
}

/** Do one thing while nothing else can be begun; problems are said, not thrown. */
async function busy(work) {
  button.disabled = true;
  result.hidden = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(error.message, true);
  } finally {
    show(undefined);
    button.disabled = false;
  }
}

async function upload(photo) {
  check(photo);
  say("Asking for permission …");
  show(null);
  const { upload, grant } = await start(api, photo);
  say(`Sending ${photo.name} …`);
  await send(grant, photo, show);
  upload.sent = true;
  kept.write(upload);
  await wait(upload);
}

async function wait(upload) {
  say(`Waiting for the thumbnail of ${upload.name} …`);
  show(null);
  const picture = await collect(api, upload).catch((error) => {
    if (!error.passing) kept.forget();
    throw error;
  });
  thumbnail.src = URL.createObjectURL(picture);
  thumbnail.alt = `Thumbnail of ${upload.name}`;
  caption.textContent = upload.name;
  result.hidden = false;
  say("Here it is.");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [photo] = file.files;
  if (photo) busy(() => upload(photo));
  else say("Choose a photograph first.", true);
});

const unfinished = kept.read();
if (unfinished) busy(() => wait(unfinished));
