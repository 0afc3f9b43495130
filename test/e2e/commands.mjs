/** The child of `one-process.ts`: runs the command line that each message holds, and answers with what came of it. */
import { pathToFileURL } from 'node:url';

const main = process.argv[2];
const start = pathToFileURL(main.replace(/main\.js$/, 'start.js')).href;
const { exit } = process;
const streams = { stdout: process.stdout, stderr: process.stderr };
const text = { stdout: '', stderr: '' };
let number = 0;
let busy = false;

for (const [name, stream] of Object.entries(streams)) {
  stream.setMaxListeners(0);
  stream.write = (data, ...rest) => {
    text[name] += data;
    const written = rest.find((one) => typeof one === 'function');
    if (written) setImmediate(written);
    return true;
  };
}

/** Tells what came of the command, and waits for the next one. */
function answer(code) {
  if (!busy) return;
  busy = false;
  process.removeAllListeners('exit');
  process.channel.ref();
  process.send({ code, signal: null, ...text });
}

process.on('message', ({ argv, cwd }) => {
  busy = true;
  Object.assign(text, { stdout: '', stderr: '' });
  process.chdir(cwd);
  process.argv = [process.argv[0], main, ...argv];
  process.exitCode = undefined;
  process.exit = (code) => answer(code ?? process.exitCode ?? 0);
  // Without this the channel itself would keep the event loop busy, and no command come to its end.
  process.channel.unref();
  import(`${start}?${number++}`);
});
process.on('beforeExit', () => answer(process.exitCode ?? 0));
process.on('disconnect', () => exit());
