// The portal's warning before a session idles out (TM-17). It asks the server
// first: somebody may be busy in another tab.
"use strict";

const box = document.getElementById("idle");
if (box) {
  const still = box.querySelector("[data-still]"), over = box.querySelector("div[data-over]"), said = box.querySelector("[data-soon]");
  const clock = still.querySelector("b"), warn = Number(box.dataset.warn) * 1000;
  let end = performance.now() + Number(box.dataset.left) * 1000, told = false;

  const left = () => Math.max(0, end - performance.now());
  const ask = async (method) => {
    try {
      const answer = await fetch("/portal/session", { method, cache: "no-store", redirect: "error" });
      if (answer.ok) end = performance.now() + (await answer.json()).left * 1000;
    } catch { /* offline for a moment: what we know still holds */ }
  };

  const finish = async () => {
    await ask("GET");
    if (left() > 0) return watch();
    document.querySelectorAll("main, header, footer").forEach((part) => { part.hidden = true; }); // nobody reads it over a shoulder
    still.hidden = true;
    const title = document.getElementById("idle-title");
    title.textContent = title.dataset.over;
    over.hidden = false;
    if (!box.open) box.showModal();
    over.querySelector("a").focus();
  };
  const count = () => {
    if (!box.open) return;
    if (left() > warn) { box.close(); return watch(); }
    const seconds = Math.ceil(left() / 1000);
    clock.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    if (seconds <= 20 && !told) { told = true; said.textContent = said.dataset.soon; }
    if (seconds <= 0) return finish();
    setTimeout(count, 500);
  };
  const watch = () => {
    if (left() > warn) return setTimeout(check, Math.min(left() - warn + 200, 2 ** 30));
    told = false;
    if (!box.open) box.showModal();
    count();
  };
  const check = async () => { await ask("GET"); watch(); };

  still.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    await ask("POST");
    box.close();
    watch();
  });
  box.addEventListener("cancel", (event) => { if (over.hidden === false) event.preventDefault(); else ask("POST").then(watch); });
  watch();
}

// The menu closes with Escape and with a press elsewhere.
const menu = document.querySelector("details.who");
if (menu) {
  addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); } });
  addEventListener("click", (event) => { if (menu.open && !menu.contains(event.target)) menu.open = false; });
}

// A page of figures renews itself, when somebody looks at it.
const live = document.querySelector("[data-live]");
if (live) {
  const every = Number(live.dataset.live) * 1000;
  let last = performance.now();
  const renew = async () => {
    if (document.hidden) return;
    last = performance.now();
    try {
      const answer = await fetch(location.href, { headers: { "X-Renewal": "1" }, cache: "no-store", redirect: "error" });
      if (answer.status === 204) return clearInterval(timer); // signed out
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      if (!fresh) return;
      const open = live.querySelector("details")?.open;
      live.replaceChildren(...fresh.childNodes);
      if (open) live.querySelector("details").open = true;
    } catch { /* offline for a moment */ }
  };
  const timer = setInterval(renew, every);
  document.addEventListener("visibilitychange", () => { if (performance.now() - last > 1000) renew(); });
}

// A request is saved while it is typed. What could not be saved, because the connection or
// the session is gone, waits in this tab and stands in the form again afterwards.
const request = document.querySelector("form[data-autosave]");
if (request) {
  const said = request.querySelector("[data-autosave-said]"), version = request.elements.version, key = "request " + request.getAttribute("action");
  const typed = () => [...request.elements].filter((f) => f.name && f.name !== "version" && f.type !== "file" && f.type !== "checkbox").map((f) => [f.name, f.value]);
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
    if (kept?.version === version.value) {
      for (const [name, value] of kept.typed) if (request.elements[name]) request.elements[name].value = value;
      said.textContent = request.dataset.failed;
    } else sessionStorage.removeItem(key);
  } catch { sessionStorage.removeItem(key); }
  let timer = 0, stopped = false;
  const save = async () => {
    if (stopped) return;
    try {
      const answer = await fetch(request.getAttribute("action"), { method: "POST", redirect: "manual", headers: { "X-Autosave": "1" }, body: new URLSearchParams([["version", version.value], ...typed()]) });
      if (answer.status === 204) {
        version.value = answer.headers.get("X-Version");
        sessionStorage.removeItem(key);
        said.textContent = request.dataset.saved;
        return;
      }
      stopped = answer.status === 409;
    } catch { /* offline for a moment */ }
    said.textContent = request.dataset.failed;
    if (!stopped) timer = setTimeout(save, 10_000);
  };
  const files = request.querySelector("input[type=file]");
  files.addEventListener("change", () => {
    files.setCustomValidity([...files.files].some((f) => f.size > Number(files.dataset.most)) ? files.dataset.large : "");
    files.reportValidity();
  });
  request.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.type === "checkbox") return; // they wait for Save
    sessionStorage.setItem(key, JSON.stringify({ version: version.value, typed: typed() }));
    clearTimeout(timer);
    timer = setTimeout(save, 2000);
  });
  request.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
}

// A code is looked up while it is typed, where the operator has a list.
const offers = document.createElement("datalist");
offers.id = "offers";
for (const field of document.querySelectorAll("[data-look]")) {
  let wait = 0;
  field.addEventListener("focus", () => { offers.replaceChildren(); document.body.append(offers); field.setAttribute("list", offers.id); });
  field.addEventListener("blur", () => field.removeAttribute("list"));
  field.addEventListener("input", () => {
    clearTimeout(wait);
    if (field.value.trim().length < 2) return;
    wait = setTimeout(async () => {
      try {
        const answer = await fetch("/codes/" + field.dataset.look, { method: "POST", redirect: "error", body: new URLSearchParams({ q: field.value }) });
        if (!answer.ok) return;
        offers.replaceChildren(...(await answer.json()).map((o) => { const option = new Option(o.code + " – " + o.text, o.code); option.label = o.code + " – " + o.text; return option; }));
      } catch { /* typed by hand then */ }
    }, 200);
  });
}
