// Issues a credential to the user of the page, and verifies it. `AirService` comes from the SDK's script.
const { AirService } = globalThis.Airkit;
const result = document.getElementById("result");
const fetched = async (path) => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
};
const json = async (path) => (await fetched(path)).json();
const token = async (scope) => (await fetched(`/token?scope=${scope}`)).text();

const settings = await json("/settings.json");
const service = new AirService({ partnerId: settings.partnerId });
const ready = service.init({ buildEnv: "development" }); // https://localhost:8200

const login = async () => {
  await ready;
  if (!service.isLoggedIn) await service.login();
};

const issue = async () => {
  await login();
  return service.issueCredential({
    authToken: await token("issue"),
    issuerDid: settings.issuerDid,
    credentialId: settings.programs.kyc,
    credentialSubject: await json("/subject.json"),
    waitForOnchainCompletion: true,
  });
};

const verify = async () => {
  await login();
  return service.verifyCredential({
    authToken: await token("verify"),
    programId: settings.verificationPrograms.adult,
    fieldsToDisclose: ["isOver18"],
  });
};

for (const [id, act] of Object.entries({ issue, verify })) {
  const button = document.getElementById(id);
  button.disabled = false;
  button.onclick = async () => {
    result.textContent = "…";
    const done = await act().catch((error) => ({ error: error.name, message: error.message }));
    result.textContent = JSON.stringify(done, (key, value) => (key === "cakPrivateKey" ? "(released)" : value), 2);
  };
}
