"""An agent by the official SDK for Python: sdk.py PROGRAM ARGUMENT…"""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    parameters = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:])
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(read, write) as session:
            try:
                begun = await session.initialize()
            except Exception as error:
                print(json.dumps({"error": str(error)}))
                return
            tools = await session.list_tools()
            names = [tool.name for tool in tools.tools]
            called = await session.call_tool("read_graph", {})
            for _ in range(200):
                await session.send_ping()
            print(json.dumps({
                "tools": names, "called": called.content[0].text, "pings": 200,
            }))


asyncio.run(main())
