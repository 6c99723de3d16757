// Asks a router 1,000 times and waits for each answer: node requests.mjs TOOLS ROUTER.
// Every tenth request is odd. Prints how many answers came in order with a
// route, how many with an error, and the exit codes.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { strict as assert } from "node:assert";

const odd = [
  (id) => JSON.stringify({ id, prompt: null }),
  (id) => JSON.stringify({ id, prompt: [{ type: "text", text: "Prove it" }, { type: "image_url", image_url: { url: "data:," } }] }),
  (id) => JSON.stringify({ id, prompt: "" }),
  (id) => `{"id": "${id}", "prompt": "broken`,
  (id) => JSON.stringify({ id, prompt: "แม่น้ำสายใดยาวที่สุด 🐘" }),
  () => "",
  (id) => JSON.stringify([id]),
  (id) => JSON.stringify({ id, prompt: [{ role: "user", content: "Name a river" }] }),
  (id) => JSON.stringify({ id, prompt: [{ type: "image_url", image_url: { url: "data:," } }] }),
  (id) => JSON.stringify({ id }),
];

const request = (i) =>
  i % 10 === 3
    ? odd[Math.floor(i / 10) % odd.length](String(i))
    : JSON.stringify({ id: String(i), prompt: `Write a loop over ${i} numbers` });

const [tools, router] = process.argv.slice(2);
const stdio = ["pipe", "pipe", "ignore"];
const embed = spawn(`${tools}/rb-embed`, ["--line-buffered", "--quiet"], { stdio });
const route = spawn(`${tools}/rb-route`, [router, "--alpha", "0.5", "--line-buffered"], { stdio });
const ended = [embed, route].map((tool) => new Promise((done) => tool.on("exit", done)));
embed.stdout.pipe(route.stdin);
const answers = createInterface({ input: route.stdout })[Symbol.asyncIterator]();

let routed = 0;
let failed = 0;
for (let i = 0; i < 1000; i++) {
  embed.stdin.write(request(i) + "\n");
  const answer = JSON.parse((await answers.next()).value);
  assert.equal(answer.id ?? String(i), String(i));
  assert.notEqual("routes" in answer, "error" in answer);
  routed += "routes" in answer;
  failed += "error" in answer;
}
embed.stdin.end();
assert.ok((await answers.next()).done, "an answer that nobody asked for");
console.log(routed, failed, ...(await Promise.all(ended)));
