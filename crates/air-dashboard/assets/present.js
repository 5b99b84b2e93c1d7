// Presents a credential of the browser's wallets (Digital Credentials API; OpenID4VP 1.0, appendix A). The page works without it.
const part = document.getElementById("present");
const [button, output] = [part.querySelector("button"), part.querySelector("output")];

/** Asks the wallets, and sends the platform what one of them presented. Returns the reason of a refusal. */
async function present() {
  const request = await fetch(part.dataset.request);
  if (!request.ok) return "The request has ended.";
  const { protocol, data } = await navigator.credentials.get({ mediation: "required", digital: await request.json() });
  const answer = await fetch(part.dataset.response, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ protocol, data }),
  });
  if (answer.ok) return undefined;
  const { error_description: reason } = await answer.json();
  return `The presentation was refused: ${reason}`;
}

button.addEventListener("click", async () => {
  button.disabled = true;
  output.textContent = "";
  try {
    const reason = await present();
    if (reason === undefined) return location.reload();
    output.textContent = reason;
  } catch (error) {
    output.textContent = error.name === "NotAllowedError" ? "Nothing was presented." : error.message;
  }
  button.disabled = false;
});
// Only pages of loopback or https may use the API.
part.hidden = typeof DigitalCredential === "undefined";
