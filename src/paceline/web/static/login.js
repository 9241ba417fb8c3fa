"use strict";
/* Exchanges a one-time code for a cookie. The code leaves the address bar before anything else happens. */
const say = document.getElementById("say");
const form = document.getElementById("form");
const given = new URLSearchParams(location.hash.slice(1)).get("code");
history.replaceState(null, "", location.pathname);

function invite(text) {
  say.textContent = text;
  form.hidden = false;
  document.getElementById("code").focus();
}
async function exchange(code) {
  try {
    const answer = await fetch("session", { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }) });
    if (answer.status === 204) location.replace("./");
    else invite("This code is not valid: each works once and for ten minutes. Paste a new one.");
  } catch {
    invite("The service cannot be reached. Try again.");
  }
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = document.getElementById("code").value.trim();
  exchange(typed.includes("code=") ? typed.slice(typed.indexOf("code=") + 5) : typed);
});
if (given) exchange(given);
else invite("Paste the one-time code, or the whole URL, that the service printed.");
