// Reads one request per line on standard input and writes one answer per line, in order: the WASM build of the conformance program,
// under Node. Its output is byte for byte that of the native program.
//
//     cargo xtask conformance                                      builds both and puts this script beside the WASM build
//     node target/conformance-node/answer.cjs < requests.ndjson
//
// It loads `conformance.js`, which `wasm-bindgen --target nodejs` makes, from its own folder or from the one in CONFORMANCE_WASM.

const path = require("node:path");
const { answer } = require(path.resolve(process.env.CONFORMANCE_WASM ?? __dirname, "conformance.js"));

const NEWLINE = 10;

// Lines as the native program sees them: bytes up to a newline; what follows the last newline is a line too, if there is anything.
async function* lines(stream) {
  let pieces = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      pieces.push(chunk.subarray(from, at));
      yield Buffer.concat(pieces);
      pieces = [];
      from = at + 1;
    }
    pieces.push(chunk.subarray(from));
  }
  const rest = Buffer.concat(pieces);
  if (rest.length > 0) yield rest;
}

async function main() {
  for await (const line of lines(process.stdin)) {
    // A reader that is slower than we are is waited for, so that memory stays small.
    if (!process.stdout.write(answer(line.toString("utf8")) + "\n")) {
      await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
  }
}

main().catch((trouble) => {
  console.error(trouble);
  process.exitCode = 1;
});
