import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ReleaseFixture } from './release-fixture.ts';

let fixture: ReleaseFixture;
beforeEach(() => {
  fixture = new ReleaseFixture();
});
afterEach(() => fixture.remove());

test('[C17] a dry run does every step, makes the tarball and publishes nothing', () => {
  const { code, output } = fixture.release('--dry-run');
  expect(output).toMatch(/ok {3}ci .*\n {5}3 passed, 0 failed\n/);
  expect(output).toMatch(
    /ok {3}publish .*\n {5}not done: npm publish \S+small-1\.2\.0\.tgz --provenance --access public\n/,
  );
  expect(output).toContain('A release would stop here. Publish in a run of GitHub Actions');
  expect(output).toMatch(/Nothing was published\.\n$/);
  expect(code).toBe(0);
  expect(existsSync(join(fixture.folder, 'release/small-1.2.0.tgz'))).toBe(true);
});

test('[C18] the list of parts has the dependencies and uuid, and no tool', () => {
  fixture.release('--dry-run', '--skip-ci');
  const { components, dependencies } = JSON.parse(fixture.read('release/small-1.2.0.cdx.json')) as {
    readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  };
  expect(components.map(({ purl }) => purl).sort()).toEqual([
    'pkg:npm/long@5.3.2',
    'pkg:npm/mitt@3.0.1',
    'pkg:npm/protobufjs@8.8.1',
    'pkg:npm/uuid@14.0.3',
  ]);
  expect(dependencies.find(({ ref }) => ref === 'small@1.2.0')?.dependsOn).toEqual([
    'mitt@3.0.1',
    'protobufjs@8.8.1',
    'uuid@14.0.3',
  ]);
});

test.each<[string, (release: ReleaseFixture) => void, RegExp]>([
  ['tree', (release) => release.write('new.js', ''), /1 files are not as committed: commit or remove them\n.*new\.js/],
  ['version', (release) => release.git('tag', 'v1.2.0'), /The tag v1\.2\.0 exists: `npm run release -- --prepare/],
  [
    'version',
    (release) => release.change('package-lock.json', '"version":"1.2.0"', '"version":"1.1.0"'),
    /package-lock\.json 1\.1\.0: run `npm install`/,
  ],
  [
    'changelog',
    (release) => release.change('CHANGELOG.md', '## 1.2.0 - 2026-01-02', '## 1.1.9'),
    /CHANGELOG\.md has no heading "## 1\.2\.0"/,
  ],
  [
    'changelog',
    (release) => release.change('CHANGELOG.md', '- A thing.', ''),
    /CHANGELOG\.md says nothing below "## 1\.2\.0"/,
  ],
  [
    'changelog',
    (release) => release.change('CHANGELOG.md', '## Unreleased\n', '## Unreleased\n\n- More.\n'),
    /CHANGELOG\.md has 1 lines below "## Unreleased": `npm run release -- --prepare VERSION` moves them/,
  ],
  [
    'ci',
    (release) => release.change('.ci/run', 'test', "echo '1 passed, 2 failed' && exit 1; test"),
    /1 passed, 2 failed/,
  ],
  [
    'pack',
    (release) => release.change('package.json', './index.js', './main.js'),
    /The tarball lacks main\.js, which `exports` of package\.json names/,
  ],
  [
    'pack',
    (release) => release.change('README.md', 'CHANGELOG.md', 'docs/none.md'),
    /The tarball lacks docs\/none\.md, which README\.md names/,
  ],
])('[C17] the step %s fails, says why and how to go on, and the others run', (step, spoil, message) => {
  spoil(fixture);
  const { code, output } = fixture.release('--dry-run', ...(step === 'ci' ? [] : ['--skip-ci']));
  expect(output.match(/^FAIL \w+/gm)).toEqual([`FAIL ${step}`]);
  expect(output).toMatch(message);
  expect(output).toMatch(/\nok {3}publish [^]*Nothing was published; 1 steps failed\.\n$/);
  expect(code).toBe(1);
});

test('[C17] a release stops at the first step that fails', () => {
  fixture.write('new.js', '');
  const { code, output } = fixture.release();
  expect(output).toMatch(/^FAIL tree /m);
  expect(output).not.toMatch(/^(?:ok|FAIL) +version /m);
  expect(code).toBe(1);
});

test('[C17] placeholders are told in a dry run and stop a release', () => {
  fixture.change('package.json', 'https://small.example/issues', 'https://example.invalid/issues');
  const rehearsed = fixture.release('--dry-run', '--skip-ci');
  expect(rehearsed.output).toContain('A release would stop here. Fill in bugs in package.json');
  expect(rehearsed.code).toBe(0);
  const { code, output } = fixture.release('--skip-ci');
  expect(output).toMatch(/FAIL fields .*\n {5}Fill in bugs in package\.json: the values are placeholders\n$/);
  expect(code).toBe(1);
});

test('[C17] a release without a proof of where the package comes from is not published', () => {
  const { code, output } = fixture.release('--skip-ci');
  expect(output).toMatch(
    /FAIL publish .*\n {5}Publish in a run of GitHub Actions with the permission `id-token: write`/,
  );
  expect(code).toBe(1);
});

test('[C17] --prepare sets the version and moves the unreleased lines under it', () => {
  fixture.change('CHANGELOG.md', '## Unreleased\n', '## Unreleased\n\n- More.\n');
  expect(fixture.release('--prepare', '1.3.0').code).toBe(0);
  expect(fixture.read('CHANGELOG.md')).toMatch(
    /## Unreleased\n\n## 1\.3\.0 - \d{4}-\d\d-\d\d\n\n- More\.\n\n## 1\.2\.0/,
  );
  fixture.commit();
  const { code, output } = fixture.release('--dry-run', '--skip-ci');
  expect(output).toContain('Rehearsing the release of small 1.3.0');
  expect(code).toBe(0);
});

test('[C17] an unknown flag is refused', () => {
  const { code, output } = fixture.release('--dry-rum');
  expect(output).toMatch(/--dry-rum[^]*npm run release -- \[--dry-run\]/);
  expect(code).toBe(1);
});
