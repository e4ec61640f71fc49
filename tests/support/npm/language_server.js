#!/usr/bin/env node
// A language server over standard input and output, as small as one can be.
"use strict";

let input = Buffer.alloc(0);

function send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function answer({ id, method }) {
    if (method === "initialize") {
        const capabilities = { hoverProvider: true };
        send({ id, result: { capabilities, serverInfo: { name: "NAME", version: "VERSION" } } });
    } else if (method === "exit") {
        process.exit(0);
    } else if (method === "shutdown") {
        send({ id, result: null });
    } else if (id !== undefined) {
        send({ id, error: { code: -32601, message: `no method ${method}` } });
    }
}

process.stdin.on("data", (chunk) => {
    input = Buffer.concat([input, chunk]);
    for (;;) {
        const end = input.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/content-length: *(\d+)/i.exec(input.toString("latin1", 0, end))[1]);
        const start = end + 4;
        if (input.length < start + length) return;
        answer(JSON.parse(input.toString("utf8", start, start + length)));
        input = input.subarray(start + length);
    }
});
process.stdin.on("end", () => process.exit(0));
