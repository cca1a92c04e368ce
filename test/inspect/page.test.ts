import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { MemoryStore, NodeStatusState, TaskState } from 'swarmstate';
import type { InspectorServer } from 'swarmstate/inspect';
import type { PageFile } from '../../src/inspect/serve/page-files.ts';
import { serveInspectorWith } from '../../src/inspect/serve/serve-inspector.ts';
import { describeWithChromium, launch } from '../package/browser/with-chromium.ts';
import { buildPage } from './built-page.ts';

/** The members of playwright-core that are used. */
interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
  on(event: 'weberror', listener: (error: { error(): Error }) => void): this;
}

interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  addInitScript(script: string): Promise<void>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  textContent(selector: string): Promise<string | null>;
  readonly keyboard: { press(key: string): Promise<void> };
}

interface ContextOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** Waits in the page. A browser refuses text as code later than in the call itself. */
async function until(page: Page, condition: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => {
      if (${condition}) resolve(true);
      else requestAnimationFrame(look);
    };
    look();
  })`);
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Counts violations of the policy, from the first moment of the page. */
const listen = `
  window.violations = [];
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    violations.push(violatedDirective + ' ' + blockedURI);
  });
`;

describeWithChromium((executablePath) => {
  let files: readonly PageFile[];
  let browser: { newContext(options: ContextOptions): Promise<Context>; close(): Promise<void> };
  const open: { close(): Promise<void> }[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    files = buildPage();
    browser = (await launch(executablePath)) as unknown as typeof browser;
  });
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(() => browser.close());

  async function serve(store: MemoryStore): Promise<InspectorServer> {
    const server = await serveInspectorWith(files, store, { title: 'test' });
    open.push(server);
    return server;
  }

  async function visit(server: InspectorServer, options: ContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    context.on('weberror', (error) => void problems.push(String(error.error())));
    open.push(context);
    const page = await context.newPage();
    await page.addInitScript(listen);
    await page.goto(server.newLink());
    await page.waitForSelector('nav');
    return page;
  }

  async function cluster(tasks = 3): Promise<MemoryStore> {
    const store = new MemoryStore({ history: 1_000 });
    await store.update((tx) => {
      for (const number of [1, 2])
        tx.nodes.create({
          id: `n${number}`,
          description: { hostname: `worker-${number}` },
          status: { state: NodeStatusState.READY },
        });
      tx.services.create({ id: 's', spec: { annotations: { name: 'web' }, replicated: { replicas: tasks } } });
      for (let slot = 1; slot <= tasks; slot += 1)
        tx.tasks.create({
          id: `t${String(slot).padStart(5, '0')}`,
          serviceId: 's',
          slot,
          nodeId: `n${1 + (slot % 2)}`,
          desiredState: TaskState.RUNNING,
          status: { state: TaskState.RUNNING },
        });
    });
    return store;
  }

  const fails = (store: MemoryStore, id: string) =>
    store.update((tx) =>
      tx.tasks.modify(id, (task) => {
        task.status = { state: TaskState.FAILED, container: { exitCode: 137 } };
      }),
    );

  test('[B21] the page follows the store: the overview, the feed and the state of the connection', async () => {
    const store = await cluster();
    const server = await serve(store);
    const page = await visit(server);
    await until(page, `document.querySelector('.status').textContent === 'live'`);
    expect(await page.textContent('.tiles')).toContain('Tasks running3 of 3');
    // The token of the link is not in the address.
    expect(await page.evaluate('location.href')).toBe(`http://127.0.0.1:${server.port}/`);
    await fails(store, 't00003');
    await until(page, `document.querySelector('.feed').textContent.includes('web.3 failed on worker-2: exit 137')`);
    await until(page, `document.querySelector('.tiles').textContent.includes('2 of 3')`);
    await server.close();
    await until(page, `document.querySelector('.status').textContent === 'not connected'`);
    expect(await page.textContent('.tiles')).toContain('2 of 3');
  }, 60_000);

  test('[B22] a table has few rows in the document, is searched, filtered, sorted and used by keyboard', async () => {
    const store = await cluster(3_000);
    await fails(store, 't01234');
    const page = await visit(await serve(store));
    await page.evaluate(`location.hash = '#/task'`);
    await until(page, `document.querySelectorAll('.grid-body .row').length > 5`);
    expect(await page.evaluate(`document.querySelector('[role=grid]').getAttribute('aria-rowcount')`)).toBe('3001');
    expect(await page.evaluate(`document.querySelectorAll('.grid-body .row').length`)).toBeLessThan(80);
    const first = `document.querySelector('.grid-body .row .cell').textContent`;
    expect(await page.evaluate(first)).toBe('web.1');
    await page.click('[role=columnheader] button');
    await until(page, `${first} === 'web.3000'`);
    await page.keyboard.press('/');
    await page.fill('input[type=search]', 'T01234');
    await until(page, `document.querySelector('.found').textContent === '1 of 3,000'`);
    await page.fill('input[type=search]', '');
    await page.selectOption('select[aria-label=Finder]', 'byTaskState');
    await page.selectOption('select[aria-label=state]', String(TaskState.FAILED));
    await until(page, `document.querySelector('.found').textContent === '1 of 3,000'`);
    expect(await page.evaluate(first)).toBe('web.1234');
    await page.evaluate(`document.querySelector('[role=grid]').focus()`);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.panel');
    expect(await page.textContent('.panel h2')).toBe('web.1234');
    await page.click('#tab-References');
    await until(page, `document.querySelector('.references').textContent.includes('worker-1')`);
    await page.keyboard.press('Escape');
    await until(page, `document.querySelector('.panel') === null`);
  }, 60_000);

  test.each([
    ['light', 1360],
    ['dark', 1360],
    ['light', 400],
    ['dark', 400],
  ] as const)(
    '[B23] axe finds nothing, and nothing is wider than the screen: %s, %i pixels',
    async (colorScheme, width) => {
      const store = await cluster(30);
      const page = await visit(await serve(store), { colorScheme, viewport: { width, height: 800 } });
      await fails(store, 't00003');
      await until(page, `document.querySelector('.feed li') !== null`);
      await page.evaluate(axe);
      for (const hash of ['#/overview', '#/task', '#/task/t00003', '#/secret', '#/changes']) {
        await page.evaluate(`location.hash = '${hash}'`);
        await until(page, `document.querySelector('main h2') !== null`);
        const found = (await page.evaluate(`axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`)) as string[];
        expect([hash, found]).toEqual([hash, []]);
        expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
    },
    60_000,
  );

  test('[B24] hostile names and labels are text: nothing runs, the policy is not even tried', async () => {
    const script = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">';
    const store = new MemoryStore({ history: 100 });
    await store.update((tx) => {
      tx.nodes.create({ id: 'n', description: { hostname: script }, status: { message: script } });
      const labels = JSON.parse(`{ "__proto__": "x", "constructor": "y", "": "z" }`) as Record<string, string>;
      tx.services.create({
        id: 'javascript:hacked=3',
        spec: { annotations: { name: `"><svg onload=hacked=4>\u202egnp`, labels: { ...labels, [script]: script } } },
      });
      tx.configs.create({ id: 'long', spec: { annotations: { name: 'x'.repeat(1_000_000) } } });
      tx.tasks.create({ id: 't', serviceId: 'javascript:hacked=3', nodeId: 'n', slot: 1 });
    });
    const page = await visit(await serve(store));
    await store.update((tx) =>
      tx.tasks.modify('t', (task) => void (task.status = { state: TaskState.FAILED, err: script })),
    );
    await until(page, `document.querySelector('.feed').textContent.includes('onerror')`);
    for (const hash of [
      'service/javascript%3Ahacked%3D3',
      'node/n',
      'task/t',
      'config/long',
      'task?by=byName&name=%3Cscript%3E',
      'node/%',
      'changes',
    ]) {
      await page.evaluate(`location.hash = '#/${hash}'`);
      await until(page, `document.querySelector('main h2') !== null`);
    }
    await page.evaluate(`location.hash = '#/service/javascript%3Ahacked%3D3'`);
    await until(page, `document.querySelector('.tree')?.textContent.includes('__proto__')`);
    expect(await page.textContent('.panel h2')).toContain('\\u202e');
    expect(await page.evaluate('[window.hacked, violations, Object.prototype.x, typeof {}.constructor]')).toEqual([
      undefined,
      [],
      undefined,
      'function',
    ]);
    expect(await page.evaluate(`document.querySelectorAll('#page :is(script, img, svg, iframe)').length`)).toBe(0);
    expect(await page.evaluate(`[...document.links].every(({ href }) => href.startsWith(location.origin))`)).toBe(true);
  }, 60_000);

  test('[B25] the time bar leads to moments before the page was opened, the comparison to two of them', async () => {
    const store = await cluster();
    await fails(store, 't00001');
    const page = await visit(await serve(store));
    expect(await page.textContent('.tiles')).toContain('2 of 3');
    await page.click('.time button');
    await until(page, `document.querySelector('.time input').max === '2'`);
    const go = (to: number) =>
      page.evaluate(`(() => {
        const input = document.querySelector('.time input');
        input.value = ${to};
        input.dispatchEvent(new Event('input', { bubbles: true }));
      })()`);
    await go(1);
    await until(page, `document.querySelector('.tiles').textContent.includes('3 of 3')`);
    await go(0);
    await until(page, `document.querySelector('.tiles').textContent.includes('Services0')`);
    await page.click('.time .live');
    await until(page, `document.querySelector('.tiles').textContent.includes('2 of 3')`);
    await page.evaluate(`location.hash = '#/changes'`);
    await until(page, `document.querySelector('.compare > .found')?.textContent === '6 created, 0 changed, 0 deleted'`);
  }, 60_000);
});
