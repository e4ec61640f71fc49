// node build.mjs <folder with the world's WIT> <component to write>
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { componentize } from '@bytecodealliance/componentize-js';

const [witPath, output] = process.argv.slice(2);
const { component } = await componentize({
    sourcePath: fileURLToPath(new URL('guest.js', import.meta.url)),
    witPath,
    worldName: 'extension',
});
await writeFile(output, component);
