import type { FollowStatus } from '../../../follow/status.ts';
import { shownLine } from '../../objects/shown-text.ts';
import type { Inspection } from '../model/inspection.ts';
import { theme } from '../model/theme.ts';
import type { Theme } from '../model/theme.ts';

const statusTexts: { readonly [S in FollowStatus]: string } = {
  syncing: 'connecting',
  live: 'live',
  stale: 'not connected',
  closed: 'ended',
};
const statusTones: { readonly [S in FollowStatus]: string } = {
  syncing: 'busy',
  live: 'good',
  stale: 'bad',
  closed: 'off',
};

/** The name of the store, the state of the connection, and the choice of colours. */
export function Header({ inspection }: { readonly inspection: Inspection }) {
  const status = inspection.status.value;
  const title = inspection.figures.value?.title ?? '';
  return (
    <header class="top">
      <h1>
        <span class="mark" aria-hidden="true" />
        swarmstate
        {title !== '' && <bdi class="title">{shownLine(title, 60)}</bdi>}
      </h1>
      <p class={`status ${statusTones[status]}`} role="status" title={shownLine(inspection.problem.value)}>
        <span class="dot" aria-hidden="true" />
        {statusTexts[status]}
      </p>
      <Version inspection={inspection} />
      <label class="theme">
        <span class="unseen">Colours</span>
        <select
          value={theme.value}
          onChange={(event) => {
            theme.value = event.currentTarget.value as Theme;
          }}
        >
          <option value="auto">Auto</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
    </header>
  );
}

function Version({ inspection }: { readonly inspection: Inspection }) {
  // Read with each refresh: the version changes with each commit.
  const { version } = inspection.tick.value >= 0 ? inspection : { version: undefined };
  return version === undefined ? null : <p class="version">version {String(version.index)}</p>;
}
