import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  MemoryStore,
  PortConfigProtocol,
  PortConfigPublishMode,
  RestartPolicyRestartCondition,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
  all,
} from 'swarmstate';
import { importCompose } from '../../examples/orchestrator/compose/import-compose.ts';
import type { Stack } from '../../examples/orchestrator/compose/import-compose.ts';
import { ComposeError } from '../../examples/orchestrator/compose/problems.ts';
import { parseBytes, parseDuration, splitCommand } from '../../examples/orchestrator/compose/units.ts';
import { interpolate } from '../../examples/orchestrator/compose/interpolation.ts';
import { deployStack } from '../../examples/orchestrator/deploy-stack.ts';

function read(text: string): { readonly stack: Stack; readonly warnings: readonly string[] } {
  let ids = 0;
  const { stack, warnings } = importCompose(text, {
    file: 'compose.yaml',
    environment: { TAG: '7', EMPTY: '' },
    readFile(path) {
      if (path === 'key.txt') return new TextEncoder().encode('from a file');
      throw new Error('no such file');
    },
    newId: () => `id-${++ids}`,
  });
  return { stack, warnings: warnings.map(({ line, column, message }) => `${line}:${column} ${message}`) };
}

/** The errors of a file, as `line:column message`. */
function errorsOf(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ComposeError) {
      return error.problems.flatMap(({ severity, line, column, message }) =>
        severity === 'error' ? [`${line}:${column} ${message}`] : [],
      );
    }
    throw error;
  }
  return [];
}

/** A file with one service, whose body is given with two more blanks in front of each line. */
function service(body: string, rest = ''): string {
  return `services:\n  web:\n    image: web:1\n${body.replaceAll(/^(?=.)/gm, '    ')}\n${rest}`;
}

describe('the Compose importer', () => {
  test('[L18] the importer takes the sample file without a warning, and the store takes its objects', async () => {
    const path = join(__dirname, '../../examples/orchestrator/compose.yaml');
    const { stack, warnings } = importCompose(readFileSync(path, 'utf8'), {
      file: path,
      environment: {},
      readFile: () => new Uint8Array(),
    });
    expect(warnings).toEqual([]);
    const store = new MemoryStore();
    await store.update((tx) => {
      deployStack(tx, stack);
    });
    expect(store.view((tx) => tx.services.find(all).map(({ spec }) => spec.annotations.name)).toSorted()).toEqual([
      'shop_api',
      'shop_database',
      'shop_logs',
      'shop_mail',
      'shop_web',
    ]);
  });

  test('[L18] the importer takes all settings of a container', () => {
    const [web] = read(
      service(`command: serve --name "a b" c\\ d
entrypoint: [/bin/init, --]
environment: { A: 1, B: "two", C: true, TAG: , NOWHERE: }
labels: [tier=front, bare]
user: "1000"
working_dir: /srv
hostname: web-1
stop_grace_period: 1m30s
healthcheck:
  test: curl localhost
  interval: 10s
  timeout: 500ms
  retries: 3
  start_period: 1h`),
    ).stack.services;
    expect(web?.spec?.task?.container).toEqual({
      image: 'web:1',
      args: ['serve', '--name', 'a b', 'c d'],
      command: ['/bin/init', '--'],
      env: ['A=1', 'B=two', 'C=true', 'TAG=7'],
      labels: { tier: 'front', bare: '' },
      user: '1000',
      dir: '/srv',
      hostname: 'web-1',
      stopGracePeriod: { seconds: 90, nanos: 0 },
      healthcheck: {
        test: ['CMD-SHELL', 'curl localhost'],
        interval: { seconds: 10, nanos: 0 },
        timeout: { seconds: 0, nanos: 500e6 },
        retries: 3,
        startPeriod: { seconds: 3600, nanos: 0 },
      },
    });
  });

  test('[L18] the importer takes the deploy section', () => {
    const [web] = read(
      service(`deploy:
  mode: replicated
  replicas: 3
  labels: { a: b }
  placement:
    constraints: [node.role == worker, "node.labels.disk!=hdd"]
    max_replicas_per_node: 2
  update_config: { parallelism: 0, delay: 2s, order: start-first, failure_action: rollback, monitor: 1m, max_failure_ratio: 0.25 }
  rollback_config: { parallelism: 3, failure_action: continue }
  restart_policy: { condition: on-failure, delay: 3s, max_attempts: 4, window: 2m }
  resources:
    limits: { cpus: "1.5", memory: 1gb }
    reservations: { cpus: 0.25, memory: 64M }`),
    ).stack.services;
    const spec = web?.spec;
    expect(spec?.replicated).toEqual({ replicas: 3 });
    expect(spec?.annotations).toEqual({ name: 'web', labels: { a: 'b' } });
    expect(spec?.task?.placement).toEqual({
      constraints: ['node.role == worker', 'node.labels.disk!=hdd'],
      maxReplicas: 2,
    });
    expect(spec?.update).toEqual({
      parallelism: 0,
      delay: { seconds: 2, nanos: 0 },
      order: UpdateConfigUpdateOrder.START_FIRST,
      failureAction: UpdateConfigFailureAction.ROLLBACK,
      monitor: { seconds: 60, nanos: 0 },
      maxFailureRatio: 0.25,
    });
    expect(spec?.rollback).toMatchObject({ parallelism: 3, failureAction: UpdateConfigFailureAction.CONTINUE });
    expect(spec?.task?.restart).toEqual({
      condition: RestartPolicyRestartCondition.ON_FAILURE,
      delay: { seconds: 3, nanos: 0 },
      maxAttempts: 4,
      window: { seconds: 120, nanos: 0 },
    });
    expect(spec?.task?.resources).toEqual({
      limits: { nanoCpus: 1.5e9, memoryBytes: 2 ** 30 },
      reservations: { nanoCpus: 0.25e9, memoryBytes: 64 * 2 ** 20 },
    });
  });

  test('[L18] the importer gives swarmkit’s defaults to what a service does not say', () => {
    const [web, log] = read(
      'services: { web: { image: w }, log: { image: l, deploy: { mode: global, restart_policy: {} } } }',
    ).stack.services;
    expect(web?.spec?.replicated).toEqual({ replicas: 1 });
    expect(log?.spec?.global).toEqual({});
    expect(log?.spec?.replicated).toBeUndefined();
    for (const { spec } of [web!, log!]) {
      expect(spec?.task?.restart).toEqual({ condition: RestartPolicyRestartCondition.ANY, delay: { seconds: 5 } });
      expect(spec?.update).toMatchObject({
        parallelism: 1,
        order: UpdateConfigUpdateOrder.STOP_FIRST,
        monitor: { seconds: 5 },
      });
    }
  });

  test('[L18] the importer takes ports, short and long', () => {
    const [web] = read(
      service(`ports:
  - 80
  - "8080:81"
  - 9000-9001:90-91/udp
  - { target: 443, published: 8443, protocol: tcp, mode: host }`),
    ).stack.services;
    const { TCP, UDP } = PortConfigProtocol;
    const { INGRESS, HOST } = PortConfigPublishMode;
    expect(web?.spec?.endpoint?.ports).toEqual([
      { targetPort: 80, publishedPort: 0, protocol: TCP, publishMode: INGRESS },
      { targetPort: 81, publishedPort: 8080, protocol: TCP, publishMode: INGRESS },
      { targetPort: 90, publishedPort: 9000, protocol: UDP, publishMode: INGRESS },
      { targetPort: 91, publishedPort: 9001, protocol: UDP, publishMode: INGRESS },
      { targetPort: 443, publishedPort: 8443, protocol: TCP, publishMode: HOST },
    ]);
  });

  test('[L18] the importer resolves networks, secrets and configs, short and long, by their cluster names', () => {
    const { stack, warnings } = read(`name: shop
services:
  web:
    image: web:1
    networks: { back: { aliases: [store] }, front: }
    secrets:
      - key
      - { source: token, target: t, uid: "5", gid: "6", mode: 0400 }
    configs: [{ source: settings, target: /etc/settings, mode: 0o440 }]
  other: { image: other:1 }
networks: { front: , back: { name: own-name, attachable: true } }
secrets: { key: { file: key.txt }, token: { environment: TAG } }
configs: { settings: { content: "tag \${TAG}" } }
`);
    expect(warnings).toEqual([]);
    const named = (objects: Stack['networks'] | Stack['secrets'], name: string): string | undefined =>
      objects.find(({ spec }) => spec?.annotations?.name === name)?.id;
    const [web, other] = stack.services;
    expect(web?.spec?.annotations?.name).toBe('shop_web');
    expect(web?.spec?.task?.networks).toEqual([
      { target: named(stack.networks, 'own-name'), aliases: ['web', 'store'] },
      { target: named(stack.networks, 'shop_front'), aliases: ['web'] },
    ]);
    expect(other?.spec?.task?.networks).toEqual([
      { target: named(stack.networks, 'shop_default'), aliases: ['other'] },
    ]);
    expect(web?.spec?.task?.container?.secrets).toEqual([
      {
        secretId: named(stack.secrets, 'shop_key'),
        secretName: 'shop_key',
        file: { name: 'key', uid: '0', gid: '0', mode: 0o444 },
      },
      {
        secretId: named(stack.secrets, 'shop_token'),
        secretName: 'shop_token',
        file: { name: 't', uid: '5', gid: '6', mode: 0o400 },
      },
    ]);
    expect(web?.spec?.task?.container?.configs).toMatchObject([
      { configName: 'shop_settings', file: { name: '/etc/settings', mode: 0o440 } },
    ]);
    const text = (data: unknown): string => new TextDecoder().decode(data as Uint8Array);
    expect(stack.secrets.map(({ spec }) => text(spec?.data))).toEqual(['from a file', '7']);
    expect(stack.configs.map(({ spec }) => text(spec?.data))).toEqual(['tag 7']);
  });

  test('[L18] the importer follows anchors and merges', () => {
    const { services } = read(`x-common: &common { image: web:1, user: "1" }
services:
  a: { <<: *common, user: "2" }
  b: *common
`).stack;
    expect(services.map(({ spec }) => [spec?.task?.container?.image, spec?.task?.container?.user])).toEqual([
      ['web:1', '2'],
      ['web:1', '1'],
    ]);
  });

  test('[L19] every error of a file is named at once, in order, with line, column and the way out', () => {
    const errors = errorsOf(`services:
  web:
    image: [a]
    secrets: [kee]
    deploy:
      replicas: -1
      mode: globl
      placement:
        constraints: [node.color == red]
      update_config: { delay: soon, max_failure_ratio: 2 }
    ports: ["80:x", 70000]
  api:
    command: "a 'b"
    networks: { back: }
secrets:
  key: { }
configs:
  one: { file: nowhere.txt }
`);
    expect(errors).toEqual([
      '3:12 services.web.image should be a text, not a list',
      "4:15 services.web.secrets[0]: there is no secret 'kee'; declare it under the top-level secrets; " +
        'did you mean key?',
      '6:17 services.web.deploy.replicas should be a whole number of 0 or more, not -1',
      "7:13 services.web.deploy.mode is one of replicated, global, replicated-job, global-job, not 'globl'; " +
        'did you mean global?',
      expect.stringMatching(
        /^9:23 'node\.color == red' is no constraint; write it as node\.labels\.disk == ssd, with == or != and one of node\.id, /,
      ),
      "10:31 services.web.deploy.update_config.delay should be a duration, such as 10s or 1m30s, not 'soon'",
      '10:56 services.web.deploy.update_config.max_failure_ratio is between 0 and 1, not 2',
      expect.stringMatching(/^11:13 services\.web\.ports\[0\] is '80:x', which is no port; /),
      '11:21 services.web.ports[1] has the port 70000; ports end at 65535',
      '12:3 services.api has no image; name one, for example image: nginx:1.27',
      '13:14 services.api.command has a quote that is not closed',
      "14:17 services.api.networks.back: there is no network 'back'; declare it under the top-level networks",
      '16:3 secrets.key says nowhere what it holds; give it one of file, content, environment',
      '18:16 configs.one.file: nowhere.txt cannot be read (no such file); ' +
        'the path starts from the folder of the Compose file',
    ]);
  });

  test.each([
    ['services: [', /^1:12 this is no valid YAML: /],
    ['a: 1\na: 2', /^2:1 this is no valid YAML: Map keys must be unique/],
    ['', /^1:1 the file has no services; /],
    ['- a', /^1:1 the file should be a mapping, not a list$/],
    ['services: {}', /^1:11 the file has no services; /],
    ['services: { web: 5 }', /^1:18 services.web should be a mapping, not 5$/],
    [
      'services: { web: { image: 5 } }',
      /^1:27 services.web.image should be a text, not 5; put it in quotes if it is one$/,
    ],
    ['services: { web: { image: "$(x)" } }', /^1:27 '\$\(' starts no variable; write \$\$ for a dollar sign$/],
  ])('[L19] the importer reports the error in %j', (text, expected) => {
    expect(errorsOf(text)[0]).toMatch(expected);
  });

  test('[L20] a key without effect is a warning with its line, and keys with x- are left alone', () => {
    const { warnings, stack } = read(`version: "3.9"
services:
  web:
    image: web:\${NONE}
    restart: always
    x-mine: { anything: [goes] }
    enviroment: { A: b }
    deploy: { mode: global, replicas: 3 }
networks: { out: { external: true } }
volumes: { data: }
`);
    expect(warnings).toEqual([
      '4:12 the variable NONE has no value, so that nothing stands in its place; write ${NONE:-default} to give it one',
      '5:5 services.web.restart has no effect here',
      '7:5 services.web.enviroment has no effect here; did you mean environment?',
      '8:39 services.web.deploy.replicas has no effect: a global service has one task on each node',
      '9:30 networks.out.external: there is nothing outside of this file, so a stand-in is created',
      '10:1 volumes has no effect here',
    ]);
    expect(stack.services[0]?.spec?.task?.container?.image).toBe('web:');
  });

  test('[L18] the importer reads units and words', () => {
    expect(['10s', '1m30s', '1.5h', '250ms', '10', 's', ''].map(parseDuration)).toEqual([
      10_000,
      90_000,
      5_400_000,
      250,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['12', '1k', '2M', '3gb', '1GiB', 'x', '-1'].map(parseBytes)).toEqual([
      12,
      1024,
      2 ** 21,
      3 * 2 ** 30,
      2 ** 30,
      undefined,
      undefined,
    ]);
    expect([`a  "b c" 'd "e' f\\ g ""`, '', `"a`].map(splitCommand)).toEqual([
      ['a', 'b c', 'd "e', 'f g', ''],
      [],
      undefined,
    ]);
  });

  test.each([
    ['$A ${A} $$A', 'x x $A'],
    ['${B:-b}${B-b}${E:-e}${E-e}', 'bbe'],
    ['${A:+yes}${B:+no}${E+set}', 'yesset'],
    ['[$B]', '[]'],
  ])('[L18] the importer puts in the variables in %j', (text, expected) => {
    expect(interpolate(text, { A: 'x', E: '' }).text).toBe(expected);
  });

  test('[L19] a required variable without a value is reported', () => {
    expect(interpolate('${B:?give me B}', {}).fault).toBe('the variable B has no value: give me B');
    expect(interpolate('${B?}', {}).fault).toBe(
      'the variable B has no value: set it in the environment, or in the file .env beside the Compose file',
    );
  });
});
