import { useMemo } from 'preact/hooks';
import { shownLine, shownText } from '../../objects/shown-text.ts';
import type { FeedLine } from '../../overview/feed.ts';
import { overviewOf } from '../../overview/overview.ts';
import type { NodeLine, ServiceLine } from '../../overview/overview.ts';
import { Badge } from '../parts/badge.tsx';
import { Chart } from '../parts/chart.tsx';
import { countsText, NodeMap } from '../parts/node-map.tsx';
import { ObjectLink } from '../parts/object-link.tsx';
import type { Inspection } from '../model/inspection.ts';
import { colours } from '../model/theme.ts';
import { linkTo } from '../model/route.ts';
import { timeOfDay } from '../model/times.ts';

/** Services, nodes, charts and what changed. */
export function OverviewPage({ inspection }: { readonly inspection: Inspection }) {
  const moment = inspection.moment.value;
  const overview = useMemo(() => overviewOf(moment), [moment]);
  const { services, nodes, wanted, running, failing, waiting, readyNodes } = overview;
  return (
    <div class="overview">
      <h2 class="unseen">Overview</h2>
      <dl class="tiles">
        <Tile title="Services" value={String(services.length)} />
        <Tile title="Tasks running" value={`${running.toLocaleString('en')} of ${wanted.toLocaleString('en')}`} />
        <Tile title="Slots failing" value={failing.toLocaleString('en')} tone={failing > 0 ? 'bad' : undefined} />
        <Tile
          title="Tasks without a node"
          value={waiting.toLocaleString('en')}
          tone={waiting > 0 ? 'busy' : undefined}
        />
        <Tile
          title="Nodes ready"
          value={`${readyNodes} of ${nodes.length}`}
          tone={readyNodes < nodes.length ? 'busy' : undefined}
        />
      </dl>
      <div class="columns">
        <div class="column">
          <Services services={services} />
          <Nodes nodes={nodes} />
        </div>
        <div class="column">
          <Charts inspection={inspection} />
          <FeedList inspection={inspection} />
        </div>
      </div>
    </div>
  );
}

function Tile({
  title,
  value,
  tone,
}: {
  readonly title: string;
  readonly value: string;
  readonly tone?: string | undefined;
}) {
  return (
    <div class={tone === undefined ? 'tile' : `tile ${tone}`}>
      <dt>{title}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** More services than this are a matter for the table. */
const MOST_SERVICES = 50;
const MOST_NODES = 200;

function Services({ services }: { readonly services: readonly ServiceLine[] }) {
  // The troubled ones first, when not all can be shown.
  const shown =
    services.length <= MOST_SERVICES
      ? services
      : [...services].sort((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad')).slice(0, MOST_SERVICES);
  return (
    <section class="card" aria-labelledby="services-title">
      <h3 id="services-title">Services</h3>
      {services.length === 0 ? (
        <p class="empty">There is no service.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col" class="number">
                  Wanted
                </th>
                <th scope="col" class="number">
                  Running
                </th>
                <th scope="col" class="number">
                  Failing
                </th>
                <th scope="col" class="wide">
                  Mode
                </th>
                <th scope="col" class="wide">
                  Image
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((line) => (
                <ServiceRow key={line.id} line={line} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length < services.length && (
        <p class="more">
          <a href={linkTo({ view: 'table', kind: 'service' })}>All {services.length} services</a>
        </p>
      )}
    </section>
  );
}

function ServiceRow({ line }: { readonly line: ServiceLine }) {
  const { id, name, wanted, running, failing, mode, image, tone } = line;
  const share = wanted === 0 ? 0 : Math.min(running / wanted, 1);
  return (
    <tr>
      <th scope="row">
        <ObjectLink kind="service" id={id} text={name} />
      </th>
      <td class="number">{wanted}</td>
      <td class="number">
        <span class={`share ${tone}`} aria-hidden="true">
          <span style={{ width: `${share * 100}%` }} />
        </span>
        {running}
      </td>
      <td class={failing > 0 ? 'number bad-text' : 'number quiet'}>{failing}</td>
      <td class="wide quiet">{mode}</td>
      <td class="wide quiet ellipsis">
        <bdi title={shownLine(image)}>{shownLine(image, 60)}</bdi>
      </td>
    </tr>
  );
}

function Nodes({ nodes }: { readonly nodes: readonly NodeLine[] }) {
  const palette = colours.value;
  const shown = nodes.slice(0, MOST_NODES);
  return (
    <section class="card" aria-labelledby="nodes-title">
      <h3 id="nodes-title">Nodes and their tasks</h3>
      <p class="legend">
        <Badge tone="bad" text="failed" />
        <Badge tone="busy" text="on the way" />
        <Badge tone="good" text="running" />
        <Badge tone="off" text="stopped" />
      </p>
      {nodes.length === 0 && <p class="empty">There is no node.</p>}
      <ul class="nodes">
        {shown.map((line) => (
          <li key={line.id}>
            <div class="node-head">
              <ObjectLink kind="node" id={line.id} text={line.name} />
              <Badge tone={line.state.tone} text={line.state.text} />
            </div>
            <NodeMap line={line} palette={palette} />
            <a
              class="node-count"
              href={linkTo({
                view: 'table',
                kind: 'task',
                filter: { finder: 'byNodeId', values: { nodeId: line.id } },
              })}
            >
              {line.tasks.length === 0 ? 'no tasks' : countsText(line)}
            </a>
          </li>
        ))}
      </ul>
      {shown.length < nodes.length && (
        <p class="more">
          <a href={linkTo({ view: 'table', kind: 'node' })}>All {nodes.length} nodes</a>
        </p>
      )}
    </section>
  );
}

function Charts({ inspection }: { readonly inspection: Inspection }) {
  return (
    <section class="card charts" aria-labelledby="charts-title">
      <h3 id="charts-title">Load</h3>
      <Chart
        inspection={inspection}
        title="Writes"
        series={inspection.load}
        lines={[
          { name: 'commits', unit: '/s' },
          { name: 'changes', unit: '/s' },
        ]}
      />
      <Chart
        inspection={inspection}
        title="Lag"
        series={inspection.lag}
        lines={[
          { name: 'slowest watcher', unit: 'events' },
          { name: 'this page', unit: 'ms' },
        ]}
      />
      <Chart
        inspection={inspection}
        title="Memory"
        series={inspection.memory}
        lines={[
          { name: 'process', unit: 'MB' },
          { name: 'heap', unit: 'MB' },
        ]}
      />
    </section>
  );
}

const SHOWN_LINES = 60;

function FeedList({ inspection }: { readonly inspection: Inspection }) {
  const lines = inspection.tick.value >= 0 ? inspection.feed.lines.slice(0, SHOWN_LINES) : [];
  return (
    <section class="card feed" aria-labelledby="feed-title">
      <h3 id="feed-title">What changed</h3>
      {lines.length === 0 && <p class="empty">Nothing has changed since {timeOfDay(inspection.began)}.</p>}
      {/* Reading a busy cluster aloud would never end: the list is no live region. */}
      <ol>
        {lines.map((line) => (
          <FeedItem key={line.number} line={line} />
        ))}
      </ol>
    </section>
  );
}

function FeedItem({ line }: { readonly line: FeedLine }) {
  const { at, tone, text, kind, id } = line;
  return (
    <li class={tone}>
      <time dateTime={new Date(at).toISOString()}>{timeOfDay(at)}</time>
      <span class="dot" aria-hidden="true" />
      {id === undefined ? (
        <bdi>{shownText(text, 240)}</bdi>
      ) : (
        <ObjectLink kind={kind} id={id} text={text} longest={240} />
      )}
    </li>
  );
}
