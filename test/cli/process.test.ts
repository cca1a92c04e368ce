import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BuiltCommand } from './support/built-command.ts';
import { Folders, readFixture } from '../swarm/support/fixtures.ts';
import { TestFolder } from './support/cluster.ts';

const root = join(__dirname, '../..');
const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};
const folder = new TestFolder();
const folders = new Folders();
let command: BuiltCommand;
let file = '';
beforeAll(async () => {
  command = new BuiltCommand();
  // More than a pipe holds.
  file = await folder.snapshot('many.snapshot', (tx) => {
    for (let number = 0; number < 3000; number += 1) tx.nodes.create({ id: `node-${number}` });
  });
});
afterAll(() => {
  command.remove();
  folder.remove();
  folders.remove();
});

test('[U9][U11] the built command answers, with the exit codes of its rules', () => {
  expect(command.bash('swarmstate --version')).toEqual({ code: 0, output: `${version}\n`, errors: '' });
  expect(command.bash(`swarmstate ls nodes --count '${file}'`)).toEqual({ code: 0, output: '3000\n', errors: '' });
  expect(command.bash('swarmstate ls nodes --nothing').code).toBe(2);
  expect(command.bash('swarmstate ls nodes ./nothing').code).toBe(3);
  expect(command.bash(`swarmstate get node nothing '${file}'`).code).toBe(4);
});

test('[U12] a reader that goes away ends the command at once and silently', () => {
  const line = `swarmstate ls nodes --json '${file}' | head -n 1; echo "\${PIPESTATUS[0]}"`;
  expect(command.bash(line)).toEqual({ code: 0, output: '[\n141\n', errors: '' });
});

test('[U12] Ctrl-C ends the command in order, and the shell learns that a signal did it', async () => {
  const child = command.start(['ls', 'nodes', '-']);
  const errors = text(child.stderr);
  // More than a pipe holds: when all of it is written, the command reads, and waits for the rest.
  await new Promise<void>((resolve) => child.stdin.write(Buffer.alloc(1_000_000), () => resolve()));
  child.kill('SIGINT');
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect({ code, signal, errors: await errors }).toEqual({ code: null, signal: 'SIGINT', errors: '' });
});

test('[U11] libraries are built into the command with their licences, and into nothing else', () => {
  const files = readdirSync(dirname(command.main));
  const code = files.map((name) => readFileSync(join(dirname(command.main), name), 'utf8'));
  for (const name of ['commander', 'cli-table3', 'picocolors', 'yaml', 'string-width']) {
    expect(
      code.filter((each) => new RegExp(`/\\*!\\n${name} [\\d.]+\\n\\n[^/]*(?:MIT|ISC|Permission)`).test(each)),
    ).toHaveLength(1);
    expect(code.join('\n')).not.toMatch(new RegExp(`(?:from|import|require\\()\\s*["']${name}["']`));
  }
  const release = readFileSync(join(root, 'scripts/release/steps.ts'), 'utf8');
  const builtIn = code.flatMap((each) => [...each.matchAll(/\/\*!\n(\S+) [\d.]+\n/g)].map(([, name]) => name ?? ''));
  for (const name of builtIn) expect(release).toMatch(new RegExp(`'(?:\\S+/)?${name}',`));
});

/** Says on standard output what the loader loads. */
const spy = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  const hooks = "import { writeSync } from 'node:fs'; export function load(url, context, next) { writeSync(1, url + '\\\\n'); return next(url, context); }";
  register('data:text/javascript,' + encodeURIComponent(hooks));
`)}`;

test('[U11] a command loads its own libraries only, and no client of a server', () => {
  const loaded = (...args: readonly string[]): readonly string[] => {
    const { stdout } = spawnSync(process.execPath, ['--import', spy, command.main, ...args], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line.startsWith('file:'));
  };
  const listing = loaded('ls', 'nodes', '--count', file);
  expect(listing.some((path) => /\/ls-[A-Z0-9]+\.js$/.test(path))).toBe(true);
  expect(listing.filter((path) => /lmdb|grpc|noble|lokijs|\/get-|-source-/.test(path))).toEqual([
    expect.stringContaining('/snapshot-source-'),
  ]);
  expect(loaded('--version').length).toBeLessThan(8);
});

test('[U26] clients of managers, folders and served stores are built in: only lmdb has to be installed', async () => {
  const socket = folder.file('store.sock');
  const server = command.start(['serve', file, '--grpc', `unix://${socket}`]);
  const ended = once(server, 'close');
  try {
    expect(await once(server.stdout.setEncoding('utf8'), 'data')).toEqual([`grpc://${socket}\n`]);
    const listed = command.bash(`swarmstate ls nodes --count grpc://${socket}`);
    expect(listed).toEqual({ code: 0, output: '3000\n', errors: '' });
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
  const sealed = folders.write(readFixture('snapshot-tail').files);
  expect(command.bash(`swarmstate ls tasks --count '${sealed}'`)).toMatchObject({ code: 0, errors: '' });
  for (const scheme of ['etcd', 'consul', 'zookeeper']) {
    const { errors } = command.bash(`swarmstate ls tasks ${scheme}://[/x`);
    expect(errors).toContain('swarmstate: ');
    expect(errors).not.toContain('CLIENT_MISSING');
  }
  const { code, errors } = command.bash(`swarmstate ls tasks lmdb:${folder.path}`);
  expect(code).toBe(3);
  expect(errors).toContain('npm install lmdb beside swarmstate, or npx -p swarmstate -p lmdb swarmstate …');
}, 60_000);

test('[U24] the built command has the page of the inspector in it', async () => {
  const child = command.start(['ui', file]);
  const ended = once(child, 'close');
  try {
    const [link] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const { headers } = await fetch(link.trim(), { redirect: 'manual' });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await fetch(new URL('/', link), { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<script');
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toEqual([null, 'SIGTERM']);
});

test('[U13] the packed package, installed by npm, has the command', () => {
  const source = folder.file('package');
  mkdirSync(source);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  // The dependencies are linked below: a test asks no registry.
  const own = { ...manifest, dependencies: {}, peerDependencies: {}, devDependencies: {}, scripts: {} };
  writeFileSync(join(source, 'package.json'), JSON.stringify(own));
  cpSync(join(command.folder, 'dist'), join(source, 'dist'), { recursive: true });
  const npm = (cwd: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('npm', ['--offline', '--no-audit', '--no-fund', ...args], {
      cwd,
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const project = folder.file('project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const tarball = npm(source, 'pack', '--silent').trim();
  npm(project, 'install', join(source, tarball));
  for (const name of Object.keys(dependencies))
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'junction');
  expect(npm(project, 'exec', '--', 'swarmstate', 'ls', 'nodes', '--count', file)).toBe('3000\n');
});
