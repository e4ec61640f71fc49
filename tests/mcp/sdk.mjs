// An agent by the official SDK for TypeScript: sdk.mjs PROGRAM ARGUMENT…
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.ANNEXE_MCP_SDK}/package.json`);
const load = async (name) =>
  import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/client/${name}`)).href);
const { Client } = await load("index.js");
const { StdioClientTransport } = await load("stdio.js");

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "test", version: "1" });
try {
  await client.connect(new StdioClientTransport({ command, args }));
  const { tools } = await client.listTools();
  const called = await client.callTool({ name: "read_graph", arguments: {} });
  for (let ping = 0; ping < 200; ping += 1) await client.ping();
  const names = tools.map((tool) => tool.name);
  console.log(JSON.stringify({ tools: names, called: called.content[0].text, pings: 200 }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
await client.close();
