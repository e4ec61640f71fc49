// A language server that says in a diagnostic for which language and where it was started.
const fs = require("fs");
const server = process.argv[2];
fs.appendFileSync(process.env.PIDS, `${process.pid}\n`);
let input = Buffer.alloc(0);
let root = "";
const send = (message) => {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
};
const start = { line: 0, character: 0 };
const take = ({ id, method, params }) => {
  if (method === "initialize") {
    root = params.rootUri || params.rootPath;
    send({ id, result: { capabilities: { textDocumentSync: 1, hoverProvider: true } } });
  } else if (method === "textDocument/didOpen") {
    const { uri, languageId } = params.textDocument;
    const message = `${server} says ${languageId} in ${root}`;
    const range = { start, end: { line: 0, character: 1 } };
    send({ method: "textDocument/publishDiagnostics", params: { uri, diagnostics: [{ range, severity: 1, message }] } });
  } else if (method === "exit") {
    process.exit(0);
  } else if (id !== undefined && method) {
    send({ id, result: null });
  }
};
process.stdin.on("data", (data) => {
  input = Buffer.concat([input, data]);
  for (;;) {
    const end = input.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: *(\d+)/i.exec(input.slice(0, end).toString())[1]);
    const next = end + 4 + length;
    if (input.length < next) return;
    const message = JSON.parse(input.slice(end + 4, next).toString());
    input = input.slice(next);
    take(message);
  }
});
process.stdin.on("end", () => process.exit(1));
