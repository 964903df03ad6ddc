// Comfort for the door's pages. Every page is whole without it: nothing here
// decides anything.
"use strict";

// A countdown in words and as a bar. It never navigates: when the time is over
// the page says what to do. (The portal's idle dialog also has data-left; it is not a countdown.)
for (const box of document.querySelectorAll(".time[data-left]")) {
  const end = performance.now() + Number(box.dataset.left);
  const clock = box.querySelector("b"), bar = box.querySelector("progress"), said = document.getElementById("time-said");
  box.querySelector(".still")?.remove();
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
    bar.value = left;
    if (left === 10 && said) said.textContent = box.dataset.soon;
    if (left > 0) return setTimeout(tick, 250);
    box.hidden = true;
    document.getElementById("ran-out").hidden = false;
    if (said) said.textContent = box.dataset.over;
  };
  tick();
}

// A waiting page asks a small state address, and loads itself again when
// something changed.
const waiting = document.querySelector("[data-state]");
if (waiting) {
  const every = Number(waiting.dataset.every) || 1500;
  const ask = async () => {
    try {
      const answer = await fetch(waiting.dataset.state, { cache: "no-store" });
      if (answer.status === 200) return location.reload();
    } catch { /* offline for a moment: ask again */ }
    setTimeout(ask, every);
  };
  setTimeout(ask, every);
}

// A page with a code to type follows what becomes of the code, and changes only the words
// about it: nothing is loaded again under who types.
let fate = document.querySelector("[data-fate]");
if (fate) {
  const until = performance.now() + 10 * 60 * 1000, every = Number(fate.dataset.every) || 1500;
  const look = async () => {
    try {
      if (document.querySelector("form[data-sent]")) return; // the next page is on its way
      const answer = await fetch(fate.dataset.fate, { cache: "no-store" });
      if (answer.status === 200) {
        const page = await fetch(location.href, { cache: "no-store", redirect: "manual" }); // where the journey leads is for the browser's own way
        if (page.type === "opaqueredirect") return location.reload();
        const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("fate");
        if (!fresh) return document.querySelector("input.code")?.value ? undefined : location.reload();
        if (fate.textContent !== fresh.textContent) fate.replaceChildren(...fresh.childNodes);
        if (!fresh.dataset.fate) return;
        fate.dataset.fate = fresh.dataset.fate;
      }
    } catch { /* offline for a moment: ask again */ }
    if (performance.now() < until) setTimeout(look, every);
  };
  setTimeout(look, every);
}

// What came from outside (# on the call) is continued by itself.
document.querySelector("form[data-auto]")?.requestSubmit();

// One submission per press. The page comes back from the browser's cache usable.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  form.querySelectorAll("button").forEach((b) => b.setAttribute("aria-disabled", "true"));
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((b) => b.removeAttribute("aria-disabled"));
  });
});

document.getElementById("problem")?.focus();

// Show password.
for (const box of document.querySelectorAll(".secret")) {
  const button = box.querySelector("button"), input = box.querySelector("input");
  button.hidden = false;
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  });
}

// The code of a text fills itself in where the browser can (SMS one-time codes).
const code = document.querySelector("input[autocomplete=one-time-code][data-sms]");
if (code && "OTPCredential" in window) {
  const stop = new AbortController();
  code.form.addEventListener("submit", () => stop.abort());
  navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal })
    .then((otp) => { code.value = otp.code; code.focus(); }).catch(() => {});
}

// The check digit of an NPI is said at once.
const npi = document.querySelector("input[data-npi]");
if (npi) {
  const good = (text) => {
    const digits = text.replace(/[ -]/g, "");
    if (!/^[12]\d{9}$/.test(digits)) return false;
    let sum = 24;
    [...digits].reverse().forEach((c, i) => { const d = Number(c) * (i % 2 ? 2 : 1); sum += d > 9 ? d - 9 : d; });
    return sum % 10 === 0;
  };
  npi.addEventListener("change", () => {
    npi.setCustomValidity(npi.value && !good(npi.value) ? npi.dataset.npi : "");
    if (npi.value) npi.reportValidity();
  });
  npi.addEventListener("input", () => npi.setCustomValidity(""));
}

// A letter is printed.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
