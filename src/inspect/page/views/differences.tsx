import { shownLine } from '../../objects/shown-text.ts';
import { pathText } from '../../past/diff.ts';
import type { Difference } from '../../past/diff.ts';
import { Value } from './tree.tsx';

const MOST = 50;

/** Fields that differ, with both values. */
export function Differences({ list }: { readonly list: readonly Difference[] }) {
  if (list.length === 0) return <p class="quiet">Nothing differs.</p>;
  return (
    <dl class="differences">
      {list.slice(0, MOST).map(({ path, before, after }) => (
        <div key={path.join('\n')}>
          <dt>
            <bdi>{shownLine(pathText(path))}</bdi>
          </dt>
          <dd>
            <del>
              <span class="unseen">from </span>
              <Value value={before} />
            </del>
            <ins>
              <span class="unseen">to </span>
              <Value value={after} />
            </ins>
          </dd>
        </div>
      ))}
      {list.length > MOST && <div class="quiet">and {list.length - MOST} more fields</div>}
    </dl>
  );
}
