import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importCompose } from '../../examples/orchestrator/compose/import-compose.ts';
import type { Stack } from '../../examples/orchestrator/compose/import-compose.ts';
import { parseDotenv } from '../../examples/orchestrator/compose/dotenv.ts';
import { interpolate } from '../../examples/orchestrator/compose/interpolation.ts';
import { ComposeError } from '../../examples/orchestrator/compose/problems.ts';

type Files = Readonly<Record<string, string>>;

function read(text: string, files: Files = {}, environment: Files = {}): Stack {
  return importCompose(text, {
    file: 'compose.yaml',
    environment,
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw new Error('no such file');
      return new TextEncoder().encode(content);
    },
  }).stack;
}

function specsOf(stack: Stack): ReadonlyMap<string | undefined, NonNullable<Stack['services'][number]['spec']>> {
  return new Map(stack.services.map(({ spec = {} }) => [spec.annotations?.name, spec]));
}

function errorsOf(text: string, files: Files = {}): readonly string[] {
  try {
    read(text, files);
  } catch (error) {
    if (!(error instanceof ComposeError)) throw error;
    return error.message.split('\n').slice(1);
  }
  return [];
}

describe('Compose files of several parts', () => {
  test('[L27] extends: mappings are merged, lists are joined, commands and tests are replaced', () => {
    const files = {
      'common/base.yaml': `services:
  base:
    image: example/base
    command: [base, --flag]
    environment: [A=base, B=base]
    env_file: base.env
    labels: { x: base, y: base }
    ports: ['80:80', '81:81']
    healthcheck: { test: [CMD, a], retries: 2 }
    deploy: { replicas: 2, placement: { constraints: [node.role == worker] } }
  middle:
    extends: { service: base }
    ports: ['82:82', '80:80']
`,
      'common/base.env': 'A=file\nC=file\n',
    };
    const spec = specsOf(
      read(
        `services:
  web:
    extends: { file: common/base.yaml, service: middle }
    command: own
    environment: { B: own }
    labels: [x=own]
    healthcheck: { test: curl localhost }
    deploy: { placement: { constraints: [node.labels.disk == ssd] } }
`,
        files,
      ),
    ).get('web');
    expect(spec?.task?.container).toMatchObject({
      image: 'example/base',
      args: ['own'],
      env: ['A=base', 'C=file', 'B=own'],
      labels: { x: 'own', y: 'base' },
      healthcheck: { test: ['CMD-SHELL', 'curl localhost'], retries: 2 },
    });
    expect(spec?.replicated).toEqual({ replicas: 2 });
    expect(spec?.task?.placement?.constraints).toEqual(['node.role == worker', 'node.labels.disk == ssd']);
    expect(spec?.endpoint?.ports?.map(({ publishedPort }) => publishedPort)).toEqual([80, 81, 82]);
  });

  test('[L27] !override replaces and !reset removes', () => {
    const spec = specsOf(
      read(`services:
  base: { image: base, user: '1', ports: ['80:80'], environment: { A: 1 }, healthcheck: { retries: 2, interval: 1s } }
  web:
    extends: base
    ports: !override ['90:90']
    environment: !reset {}
    user: !reset
    healthcheck: !override { retries: 5 }
`),
    ).get('web');
    expect(spec?.endpoint?.ports?.map(({ publishedPort }) => publishedPort)).toEqual([90]);
    expect(spec?.task?.container).toEqual({
      image: 'base',
      stopGracePeriod: { seconds: 10 },
      healthcheck: { retries: 5 },
    });
  });

  test('[L27] include: a file has its own folder and variables, and the variables around it win', () => {
    const stack = read(
      `include:
  - data/compose.yaml
  - { path: [more/a.yaml, more/b.yaml], env_file: more/variables }
services: { web: { image: 'web:\${TAG}', networks: [shared] } }
`,
      {
        '.env': 'TAG=outside',
        'data/compose.yaml': `services: { db: { image: 'db:\${TAG}-\${OWN}', networks: [shared] } }
networks: { shared: { name: lan } }
secrets: { key: { file: key.txt } }`,
        'data/.env': 'TAG=inside\nOWN=own',
        'data/key.txt': 'the key',
        'more/a.yaml': 'services: { cache: { image: cache, environment: { A: 1 } } }',
        'more/b.yaml': 'services: { cache: { image: "cache:${V}" } }',
        'more/variables': 'V=2',
      },
    );
    const specs = specsOf(stack);
    expect([...specs].map(([name, { task }]) => [name, task?.container?.image])).toEqual([
      ['web', 'web:outside'],
      ['db', 'db:outside-own'],
      ['cache', 'cache:2'],
    ]);
    expect(specs.get('cache')?.task?.container?.env).toEqual(['A=1']);
    expect(specs.get('web')?.task?.networks?.[0]?.target).toBe(specs.get('db')?.task?.networks?.[0]?.target);
    expect(new TextDecoder().decode(stack.secrets[0]?.spec?.data as Uint8Array)).toBe('the key');
  });

  test('[L27] services with profiles run when COMPOSE_PROFILES, or .env, names one of them', () => {
    const text = 'services: { a: { image: a }, b: { image: b, profiles: [x, y] }, c: { image: c, profiles: [z] } }';
    const names = (files: Files, environment: Files): readonly unknown[] => [
      ...specsOf(read(text, files, environment)).keys(),
    ];
    expect(names({}, {})).toEqual(['a']);
    expect(names({}, { COMPOSE_PROFILES: 'none, y' })).toEqual(['a', 'b']);
    expect(names({ '.env': 'COMPOSE_PROFILES=z' }, {})).toEqual(['a', 'c']);
    expect(names({ '.env': 'COMPOSE_PROFILES=z' }, { COMPOSE_PROFILES: '*' })).toEqual(['a', 'b', 'c']);
  });

  test('[L27] a service that is left out by its profile may be extended', () => {
    const text = `services:
  base: { image: base, profiles: [never], user: '5' }
  web: { extends: base, profiles: !reset [] }`;
    expect([...specsOf(read(text)).keys()]).toEqual(['web']);
  });

  test('[L27] a problem in another file names that file', () => {
    expect(
      errorsOf('services: { web: { extends: { file: base.yaml, service: base } } }', {
        'base.yaml': 'services:\n  base:\n    image: base\n    ports: [x]\n',
      }),
    ).toEqual([expect.stringMatching(/^base\.yaml:4:13 error: services\.base\.ports\[0\] is 'x', which is no port/)]);
    expect(errorsOf('services: { web: { image: web } }', { '.env': '# fine\nnot fine\n' })).toEqual([
      '.env:2:1 error: this is no variable; write it as NAME=value, or begin a comment with #',
    ]);
  });
});

describe('variables of a Compose file', () => {
  test('[L28] the environment wins over .env, and a required variable without a value is named', () => {
    const text = 'services: { web: { image: "web:${TAG:?the tag}", environment: [TAG, OTHER] } }';
    const image = (files: Files, environment: Files): unknown => {
      const container = specsOf(read(text, files, environment)).get('web')?.task?.container;
      return [container?.image, container?.env];
    };
    expect(image({ '.env': 'TAG=1\nOTHER=2' }, {})).toEqual(['web:1', ['TAG=1', 'OTHER=2']]);
    expect(image({ '.env': 'TAG=1' }, { TAG: '3' })).toEqual(['web:3', ['TAG=3']]);
    expect(errorsOf(text)).toEqual(['compose.yaml:1:27 error: the variable TAG has no value: the tag']);
  });

  test('[L28] COMPOSE_PROJECT_NAME is the name of the project', () => {
    const text = (name: string): string =>
      `${name}\nservices: { web: { image: web, environment: { P: '\${COMPOSE_PROJECT_NAME:?}' } } }`;
    const project = (name: string, files: Files, environment: Files): unknown =>
      [...specsOf(read(text(name), files, environment)).values()][0]?.task?.container?.env;
    expect(project('name: shop', {}, {})).toEqual(['P=shop']);
    expect(project('name: "${COMPOSE_PROJECT_NAME}-x"', { '.env': 'COMPOSE_PROJECT_NAME=own' }, {})).toEqual(['P=own']);
    expect(project('', {}, {})).toEqual([`P=${basename(process.cwd())}`]);
  });

  test('[L28] a .env file has comments, quotes, lines and variables', () => {
    const text = `\uFEFF# comment
export A=1 # one
B = two words
C="x\\ny \\$A \${A}" # quoted
D='\${A} # not a comment'
E="first
second"
F=a#b
G=
H
I: yaml
J=\${E:-x}\${NONE:-\${A}}
`;
    const { values, faults } = parseDotenv(text, { A: '0', H: 'h' });
    expect(faults).toEqual([]);
    expect({ ...values }).toEqual({
      A: '1',
      B: 'two words',
      C: 'x\ny $A 0',
      D: '${A} # not a comment',
      E: 'first\nsecond',
      F: 'a#b',
      G: '',
      I: 'yaml',
      J: 'first\nsecond0',
    });
    expect(parseDotenv('A="open\nB=1', {}).faults).toEqual([{ line: 1, message: 'A has a quote that is not closed' }]);
  });

  test.each([
    ['${X:-${Y:-${A}}}', 'a'],
    ['${X:-{"a":{"b":1}}}!', '{"a":{"b":1}}!'],
    ['${A:+${A}b}${X:+no}', 'ab'],
    ['${X-$A}$$', 'a$'],
  ])('[L28] the variables in %j are filled in', (text, expected) => {
    expect(interpolate(text, { A: 'a' })).toEqual({ text: expected, unset: [] });
  });

  test.each(['${', '${A', '${A:-${B}', '${A b}', '${1}', '${X:-'.repeat(10_000) + '}'.repeat(10_000)])(
    '[L28] %.20s is a fault, not an exception',
    (text) => {
      expect(interpolate(text, {}).fault).toMatch(/is no variable|starts no variable/);
    },
  );
});

describe('objects that the store would refuse', () => {
  test('[L26] services, networks, secrets and configs whose names differ by case are errors with both lines', () => {
    expect(errorsOf('name: shop\nservices:\n  web: { image: a }\n  WEB: { image: b }\n')).toEqual([
      'compose.yaml:4:3 error: services.WEB has the same name in the cluster as services.web in line 3: ' +
        'shop_WEB, in upper or lower case; rename one',
    ]);
    expect(
      errorsOf('services: { web: { image: a } }\nnetworks: { own: { name: Default } }\nconfigs: { a: , A: }'),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^compose\.yaml:1:13 error: services\.web has the same name .* as networks\.own in line 2/,
        ),
        expect.stringMatching(/^compose\.yaml:3:17 error: configs\.A has the same name/),
      ]),
    );
  });

  test('[L26] mappings that merge themselves, and aliases without an anchor, are errors with a line', () => {
    expect(errorsOf('services:\n  web: &web\n    <<: *web\n    image: a\n  b: { image: *no }\n')).toEqual([
      'compose.yaml:3:5 error: services.web merges itself',
      'compose.yaml:5:15 error: services.b.image should be a text, not *no, an alias without an anchor',
    ]);
  });
});

describe('jobs', () => {
  test('[L29] a job has its mode, its first iteration and no update, and is restarted on failures', () => {
    const specs = read(`services:
  batch: { image: b, deploy: { mode: replicated-job, replicas: 3 } }
  clean: { image: c, deploy: { mode: global-job, restart_policy: { condition: none } } }
`).services;
    expect(specs.map(({ spec, jobStatus }) => [spec?.replicatedJob, spec?.globalJob, spec?.update, jobStatus])).toEqual(
      [
        [{ maxConcurrent: 3, totalCompletions: 3 }, undefined, undefined, { jobIteration: { index: 0 } }],
        [undefined, {}, undefined, { jobIteration: { index: 0 } }],
      ],
    );
    expect(specs.map(({ spec }) => spec?.task?.restart?.condition)).toEqual([1, 0]);
  });
});
