// The phone's own part: clock, outbox, pages without a connection. All forms work without it.
"use strict";
(() => {
  const body = document.body;
  const owner = body.dataset.owner;
  if (!owner) return;
  const OUTBOX = `nervelight.outbox.${owner}`;
  const TIMER = `nervelight.timer.${owner}.`;
  // Later than this behind the planned end, the clock says how much.
  const LATE_S = 5;
  const word = (name) => document.querySelector("#phone-words")?.content.querySelector(`[data-word="${name}"]`)?.textContent || name;
  const read = (key, otherwise) => { try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } };
  const keep = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } };
  const drop = (key) => { try { localStorage.removeItem(key); } catch { /* nothing is kept then */ } };
  const cookie = (name) => document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) || "";
  const clock = (seconds) => {
    const whole = Math.max(0, Math.round(seconds));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  // ---- outbox: what could not be sent is kept on this phone until it is.
  const outbox = () => read(OUTBOX, []);
  const put = (item) => keep(OUTBOX, [...outbox().filter((each) => each.body.key !== item.body.key), item]);
  const take = (key) => keep(OUTBOX, outbox().filter((each) => each.body.key !== key));

  async function send(item) {
    let response;
    try {
      response = await fetch(item.url, {
        method: "POST", credentials: "same-origin", redirect: "manual",
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: JSON.stringify(item.body),
      });
    } catch { return { state: "unsent" }; }
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { state: "login" };
    if (response.status >= 500) return { state: "unsent" };
    let told = {};
    try { told = await response.json(); } catch { return { state: "unsent" }; }
    if (response.status === 201) { take(item.body.key); return { state: "sent", told }; }
    const refused = { ...item, refused: response.status, faults: told.faults || [] };
    put(refused);
    return { state: response.status === 409 ? "conflict" : "refused", told };
  }

  let sending = false;
  async function flush() {
    if (sending) return;
    sending = true;
    let sent = 0;
    let call = null;
    let login = false;
    for (const item of outbox().filter((each) => !each.refused)) {
      const { state, told } = await send(item);
      if (state === "sent") { sent += 1; call = told.call || call; }
      if (state === "login") login = true;
      if (state === "unsent" || state === "login") break;
    }
    sending = false;
    show(sent, call, login);
  }

  function show(sent = 0, call = null, login = false) {
    const place = document.querySelector("[data-outbox]");
    if (!place) return;
    place.replaceChildren();
    const line = (text, name = "p") => { const made = document.createElement(name); made.textContent = text; place.append(made); return made; };
    const items = outbox();
    const waiting = items.filter((each) => !each.refused);
    if (sent) line(`${word("sent-now")} ${sent}`);
    if (call) line(`${word("call")} ${call.clinic}. ${word("emergency")} ${call.emergency}.`).className = "strong";
    if (waiting.length) line(`${word("kept")} ${waiting.length}`).className = "strong";
    if (login && waiting.length) {
      const made = line("");
      const link = document.createElement("a");
      link.href = `/login/?next=${encodeURIComponent(location.pathname)}`;
      link.textContent = word("login");
      made.append(link);
    }
    for (const item of items.filter((each) => each.refused)) {
      line(item.refused === 409 ? word("conflict") : `${word("refused")} ${item.faults.map((each) => `${each.path}: ${each.allowed}`).join("; ")}`);
      const button = line(word("remove"), "button");
      button.type = "button";
      button.className = "quiet";
      button.addEventListener("click", () => { take(item.body.key); show(); });
    }
    place.hidden = !place.childElementCount;
  }

  // ---- clock of each place: computed from when it was started, so that it is right after a lock, a reload, a closed tab.
  const total = (spans, now) => spans.reduce((sum, [start, end]) => sum + Math.max(0, (end ?? now) - start), 0) / 1000;
  let sound = null;
  let awake = null;

  function beep() {
    navigator.vibrate?.([600, 200, 600, 200, 600]);
    if (!sound) return;
    for (const after of [0, 0.5, 1]) {
      const tone = sound.createOscillator();
      const loud = sound.createGain();
      tone.frequency.value = 660;
      loud.gain.value = 0.4;
      tone.connect(loud).connect(sound.destination);
      tone.start(sound.currentTime + after);
      tone.stop(sound.currentTime + after + 0.3);
    }
  }

  async function stayAwake(on) {
    try {
      if (on && !awake && document.visibilityState === "visible") {
        awake = await navigator.wakeLock?.request("screen") || null;
        awake?.addEventListener("release", () => { awake = null; });
      } else if (!on) { await awake?.release(); awake = null; }
    } catch { awake = null; }
  }

  function clocks(form) {
    const key = `${TIMER}${form.elements.key.value}`;
    const places = [...form.querySelectorAll("[data-place]")].filter((place) => place.querySelector(".timer"));
    const state = read(key, {});
    const rung = new Map();
    const running = (name) => Boolean(state[name]?.length && state[name].at(-1)[1] === null);

    for (const place of places) {
      const name = place.dataset.place;
      place.querySelector(".timer").hidden = false;
      place.querySelector("[data-start]").addEventListener("click", () => {
        try { sound ??= new AudioContext(); sound.resume(); } catch { sound = null; }
        const other = places.find((each) => each.dataset.place !== name && running(each.dataset.place));
        if (other) { say(place, `${word("other-runs")} ${other.dataset.place}`); return; }
        state[name] = [...(state[name] || []), [Date.now(), null]];
        keep(key, state);
        say(place, word("started"));
        tick();
      });
      place.querySelector("[data-stop]").addEventListener("click", () => {
        if (!running(name)) return;
        state[name].at(-1)[1] = Date.now();
        keep(key, state);
        fill(place);
        tick();
      });
      place.querySelector("[data-clear]").addEventListener("click", () => {
        delete state[name];
        rung.delete(name);
        keep(key, state);
        for (const input of place.querySelectorAll("input")) input.value = "";
        say(place, "");
        tick();
      });
      if (state[name]?.length && !running(name)) fill(place);
    }

    function say(place, text) { place.querySelector("[data-told]").textContent = text; }

    function fill(place) {
      const seconds = Math.round(total(state[place.dataset.place], Date.now()));
      const [minutes, rest] = place.querySelectorAll("input");
      minutes.value = Math.floor(seconds / 60);
      rest.value = seconds % 60;
      const planned = Number(place.dataset.seconds);
      if (seconds > planned + LATE_S) say(place, `${word("stopped-over")} ${clock(seconds - planned)}. ${word("was-it-on")}`);
      else if (seconds < planned - LATE_S) say(place, `${word("stopped-short")} ${clock(planned - seconds)}. ${word("why")}`);
      else say(place, word("stopped"));
    }

    function tick() {
      const now = Date.now();
      let any = false;
      for (const place of places) {
        const name = place.dataset.place;
        const planned = Number(place.dataset.seconds);
        const spans = state[name] || [];
        const gone = total(spans, now);
        const left = planned - gone;
        const face = place.querySelector("[data-clock]");
        const on = running(name);
        any ||= on;
        face.textContent = left > 0 ? clock(left) : `+${clock(-left)}`;
        place.classList.toggle("over", on && left <= 0);
        place.querySelector("[data-start]").hidden = on;
        place.querySelector("[data-start]").textContent = spans.length ? word("go-on") : word("start");
        place.querySelector("[data-stop]").hidden = !on;
        place.querySelector("[data-clear]").hidden = on || !spans.length;
        if (on && spans.at(-1)[0] > now + 1000) say(place, word("clock-changed"));
        if (on && left <= 0) {
          const last = rung.get(name);
          if (last === undefined) say(place, -left > LATE_S ? `${word("over-by")} ${clock(-left)}. ${word("off-now")}` : word("off-now"));
          if (last === undefined || (now - last > 5000 && -left < 120)) { rung.set(name, now); beep(); }
          if (-left > LATE_S) place.querySelector("[data-over]").textContent = `${word("over-by")} ${clock(-left)}`;
        } else place.querySelector("[data-over]").textContent = "";
      }
      stayAwake(any);
    }
    setInterval(tick, 500);
    document.addEventListener("visibilitychange", tick);
    tick();
    return { any: () => places.find((each) => running(each.dataset.place)), clear: () => drop(key) };
  }

  // ---- forms: kept first, then sent, so that nothing is lost in between.
  const chosen = (form, name) => form.querySelector(`[name="${name}"]:checked`)?.value;
  const number = (text) => (text === undefined || text === "" ? null : Number(text));

  function sessionBody(form) {
    const seconds = {};
    for (const place of form.querySelectorAll("[data-place]")) {
      const [minutes, rest] = place.querySelectorAll("input");
      const time = 60 * Number(minutes.value || 0) + Number(rest.value || 0);
      if (time > 0) seconds[place.dataset.place] = time;
    }
    const far = chosen(form, "far");
    const cm = number(form.elements.far_cm.value);
    const eyes = chosen(form, "eyes");
    return {
      key: form.elements.key.value, plan: form.elements.plan.value, day: form.elements.day.value, seconds,
      distance_mm: far === "planned" ? Number(form.dataset.distance) : far === "other" && cm !== null ? 10 * cm : null,
      site_checked: chosen(form, "place") === "yes",
      eyes_protected: eyes === undefined ? null : eyes === "yes",
      skin: chosen(form, "skin") === "unseen" ? null : chosen(form, "skin"),
      before: number(chosen(form, "before")), after: number(chosen(form, "after")),
      stopped_early: form.elements.stopped_early.value.trim(), note: form.elements.note.value.trim(),
    };
  }

  const wrongBody = (form) => ({
    key: form.elements.key.value, text: form.elements.text.value.trim(), bad: chosen(form, "bad"),
    flags: [...form.querySelectorAll('[name="flags"]:checked')].map((each) => each.value),
  });

  const native = (form) => { form.elements.csrfmiddlewaretoken.value = cookie("csrftoken"); form.submit(); };

  function handIn(form, make, timers) {
    const told = form.querySelector("[data-told-form]");
    const say = (text) => { told.textContent = text; told.hidden = !text; told.focus(); };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const running = timers?.any();
      if (running) { say(`${word("still-runs")} ${running.dataset.place}`); running.querySelector("[data-stop]").focus(); return; }
      const item = { url: form.dataset.api, body: make(form) };
      if (!put(item)) { native(form); return; }
      say(word("sending"));
      const { state, told: answer } = await send(item);
      if (state === "refused") { take(item.body.key); native(form); return; }
      if (state === "sent") {
        timers?.clear();
        if (answer.call || answer.longer?.length) { native(form); return; }
        location.assign(form.dataset.then);
        return;
      }
      if (state === "conflict") say(word("conflict"));
      else { timers?.clear(); say(state === "login" ? word("kept-login") : word("kept-here")); form.querySelector("[type=submit], .buttons button").disabled = true; }
      show();
    });
  }

  // ---- a card that was kept is of its day, not of today.
  function card() {
    const made = document.querySelector("[data-card-day]");
    if (!made) return true;
    const zone = made.dataset.zone;
    let today;
    try { today = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date()); } catch { return true; }
    if (today === made.dataset.cardDay) return true;
    const planned = made.dataset.planned.split(",").includes(today);
    const note = document.querySelector("[data-stale]");
    note.querySelector("[data-stale-words]").textContent = planned ? word("stale-planned") : word("stale-off");
    note.hidden = false;
    for (const part of document.querySelectorAll("[data-only-today]")) part.hidden = true;
    return false;
  }

  function leaving() {
    for (const form of document.querySelectorAll('form[action$="/logout/"]')) {
      form.addEventListener("submit", (event) => {
        if (outbox().length && !confirm(word("logout"))) { event.preventDefault(); return; }
        navigator.serviceWorker?.controller?.postMessage("forget");
        for (const key of Object.keys(localStorage)) if (key.startsWith("nervelight.")) drop(key);
      });
    }
  }

  card();
  const session = document.querySelector("form[data-session]");
  if (session) handIn(session, sessionBody, clocks(session));
  const wrong = document.querySelector("form[data-wrong]");
  // The page may be one that was kept, and its message sent long ago: each message has a key of its own.
  if (wrong) wrong.elements.key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
  if (wrong) handIn(wrong, wrongBody);
  leaving();
  show();
  flush();
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { card(); flush(); } });
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register("/sw.js", { scope: "/" }).then(async () => {
      (await navigator.serviceWorker.ready).active.postMessage("keep");
    }).catch(() => { /* no kept pages then; the clock and the outbox still work */ });
  }
})();
