import { describe, expect, test } from '@jest/globals';
import { fileCircleProblems, folderCircleProblems } from '../../scripts/check/imports/circles.ts';
import { folderSizeProblems } from '../../scripts/check/imports/folder-size.ts';
import { layerProblems, layers, layersBelow } from '../../scripts/check/imports/layers.ts';
import { drawLayers, withPicture } from '../../scripts/check/imports/picture.ts';
import { readSourceFile } from '../../scripts/check/imports/source-file.ts';
import type { SourceFile } from '../../scripts/check/imports/source-file.ts';

const entries = [
  { specifier: 'swarmstate', source: 'src/index.ts' },
  { specifier: 'swarmstate/kv', source: 'src/kv.ts' },
];

/** Files of a repository, from their texts. */
function repository(texts: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(texts).map(([path, text]) => readSourceFile(path, text));
}

/** The problems of one file with one import. */
function problemsOf(path: string, specifier: string): readonly string[] {
  return layerProblems(repository({ [path]: `\nimport { x } from '${specifier}';\n` }), entries);
}

describe('direction of the layers', () => {
  test('[H1] a layer imports the layers below it', () => {
    expect(problemsOf('src/store/writing/writer.ts', '../../engine/table.ts')).toEqual([]);
    expect(problemsOf('src/testing/faults.ts', '../kv/driver.ts')).toEqual([]);
  });

  test('[H1] an import of a layer above is reported with its file and line', () => {
    expect(problemsOf('src/watch/selector.ts', '../store/writing/writer.ts')).toEqual([
      expect.stringMatching(/^src\/watch\/selector\.ts:2 imports \.\.\/store\/writing\/writer\.ts: /),
    ]);
  });

  test.each([
    ['engine', 'wire'],
    ['wire', 'engine'],
    ['base', 'errors'],
    ['errors', 'base'],
    ['engine', 'model'],
    ['model', 'watch'],
    ['store', 'follow'],
    ['follow', 'cache'],
    ['cache', 'loops'],
    ['resources', 'cache'],
    ['kv', 'engine'],
    ['kv', 'store'],
    ['store', 'kv'],
    ['store', 'testing'],
    ['grpc', 'store'],
    ['loops', 'cli'],
  ])('[H1] an import of src/%s that leads to src/%s is reported', (from, to) => {
    expect(problemsOf(`src/${from}/a.ts`, `../${to}/b.ts`)).toHaveLength(1);
  });

  test('[H1] a type import and a dynamic import count as imports', () => {
    const text =
      `import type { A } from '../store/a.ts';\nexport type { B } from '../store/b.ts';\nawait ` +
      "import('../store/c.ts');";
    expect(layerProblems(repository({ 'src/watch/x.ts': text }), entries)).toHaveLength(3);
  });

  test('[H1] src/errors imports no package', () => {
    expect(problemsOf('src/errors/store-error.ts', 'mitt')).toHaveLength(1);
    expect(problemsOf('src/base/emitter.ts', 'mitt')).toEqual([]);
  });

  test('[H1] an import of an entry is reported, of its file and of its specifier', () => {
    expect(problemsOf('src/store/a.ts', '../index.ts')).toHaveLength(1);
    expect(problemsOf('src/kv.ts', './index.ts')).toHaveLength(1);
    expect(problemsOf('src/store/a.ts', 'swarmstate/kv')).toHaveLength(1);
  });

  test('[H1] an import that leaves src is reported', () => {
    expect(problemsOf('src/store/a.ts', '../../test/support/property.ts')).toHaveLength(1);
  });

  test('[H1] a folder of src without a place among the layers, and a file that is no entry, are reported', () => {
    expect(problemsOf('src/misc/a.ts', './b.ts')).toEqual([expect.stringContaining('src/misc')]);
    expect(problemsOf('src/helper.ts', './store/a.ts')).toEqual([expect.stringContaining('entry')]);
  });

  test('[H1] an example imports entries of the package and its own files', () => {
    expect(problemsOf('examples/demo/main.ts', 'swarmstate/kv')).toEqual([]);
    expect(problemsOf('examples/demo/main.ts', './helper.ts')).toEqual([]);
    expect(problemsOf('examples/demo/main.ts', 'swarmstate/engine')).toHaveLength(1);
    expect(problemsOf('examples/demo/main.ts', '../../src/index.ts')).toHaveLength(1);
  });

  test('[H1] no layer stands above itself', () => {
    for (const name of Object.keys(layers)) expect(layersBelow(name)).not.toContain(name);
  });
});

describe('circles', () => {
  test('[H2] files that import each other are reported, also when one import is of types only', () => {
    const files = repository({
      'src/kv/a.ts': `import { b } from './b.ts';`,
      'src/kv/b.ts': `import type { A } from './a.ts';`,
    });
    expect(fileCircleProblems(files)).toEqual([
      'files import each other in a circle:\n  src/kv/a.ts:1 imports src/kv/b.ts\n  src/kv/b.ts:1 imports src/kv/a.ts',
    ]);
  });

  test('[H2] a circle of three files and one of two in the same knot are both reported, the short one first', () => {
    const files = repository({
      'src/kv/a.ts': `import './b.ts';`,
      'src/kv/b.ts': `import './c.ts';`,
      'src/kv/c.ts': `import './a.ts';\nimport './d.ts';`,
      'src/kv/d.ts': `import './c.ts';`,
    });
    const problems = fileCircleProblems(files);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('src/kv/d.ts:1 imports src/kv/c.ts');
    expect(problems[1]).toContain('src/kv/c.ts:1 imports src/kv/a.ts');
  });

  test('[H2] two ways to one file are no circle', () => {
    const files = repository({
      'src/kv/a.ts': `import './b.ts';\nimport './c.ts';`,
      'src/kv/b.ts': `import './d.ts';`,
      'src/kv/c.ts': `import './d.ts';`,
    });
    expect(fileCircleProblems(files)).toEqual([]);
    expect(folderCircleProblems(files)).toEqual([]);
  });

  test('[H2] folders that import each other through different files are reported', () => {
    const files = repository({
      'src/store/reading/deep/a.ts': `import '../../writing/b.ts';`,
      'src/store/writing/c.ts': `import type { D } from '../reading/d.ts';`,
    });
    expect(fileCircleProblems(files)).toEqual([]);
    expect(folderCircleProblems(files)).toEqual([
      'folders import each other in a circle:\n' +
        '  src/store/reading/deep/a.ts:1 imports src/store/writing\n' +
        '  src/store/writing/c.ts:1 imports src/store/reading',
    ]);
  });

  test('[H2] a folder imports its subfolders, and a subfolder that imports its parent folder is reported', () => {
    const down = repository({ 'src/wire/a.ts': `import './json/b.ts';` });
    expect(folderCircleProblems(down)).toEqual([]);
    const up = repository({ 'scripts/proto/emit/b.ts': `import '../model.ts';\nimport '../../repository/run.ts';` });
    expect(folderCircleProblems(up)).toEqual([
      'scripts/proto/emit imports files of its parent folder scripts/proto; ' +
        'move them to a folder that both may import:\n  model.ts',
    ]);
  });
});

describe('folders and their picture', () => {
  test('[H3] a folder of src or scripts with fifteen files is reported, except generated ones and entries', () => {
    const names = Array.from({ length: 15 }, (_, index) => `f${String(index)}.ts`);
    const inFolder = (folder: string, count = 15): string[] => names.slice(0, count).map((name) => `${folder}/${name}`);
    expect(folderSizeProblems(inFolder('src/store'))).toEqual([expect.stringMatching(/^src\/store:1 has 15 files/)]);
    expect(folderSizeProblems(inFolder('scripts/check'))).toHaveLength(1);
    expect(folderSizeProblems(inFolder('src/store', 14))).toEqual([]);
    expect(folderSizeProblems([...inFolder('src'), ...inFolder('src/wire/generated')])).toEqual([]);
  });

  const files = repository({
    'src/store/a.ts': `import '../watch/b.ts';\nimport '../engine/c.ts';`,
    'src/watch/b.ts': `import '../engine/c.ts';`,
    'src/engine/c.ts': '',
  });

  test('[H4] the picture has an arrow for each import that no longer way shows, and a table of all imports', () => {
    const picture = drawLayers(files);
    expect(picture).toContain('  store --> watch\n  watch --> engine\n```');
    expect(picture).toMatch(/\| `src\/store` +\| [^|]+ \| watch, engine +\|/);
    expect(picture).not.toContain('resources');
  });

  test('[H4] the picture replaces what is between its markers, and drawing it again changes nothing', () => {
    const marks = (text: string): string =>
      `before\n\n<!-- layers: drawn by \`npm run check -- layers --write\` -->${text}<!-- layers end -->\n\nafter\n`;
    const drawn = withPicture(marks('\nold\n'), files);
    expect(drawn).toBe(marks(`\n\n${drawLayers(files)}\n\n`));
    expect(withPicture(drawn ?? '', files)).toBe(drawn);
    expect(withPicture('no markers', files)).toBeUndefined();
  });
});
