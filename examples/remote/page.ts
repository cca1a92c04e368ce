/** A page that shows the tasks as they are. It reads the stream of events without any package. */
export const page = `<!doctype html>
<title>Tasks</title>
<table id="tasks"></table>
<script>
  const rows = new Map();
  const show = () => {
    document.querySelector('#tasks').replaceChildren(
      ...[...rows.values()].map(({ id, nodeId }) => {
        const row = document.createElement('tr');
        for (const text of [id, nodeId ?? 'waits']) row.insertCell().textContent = text;
        return row;
      }),
    );
  };
  const events = new EventSource('/events?tables=task');
  events.addEventListener('contents', () => rows.clear());
  events.addEventListener('objects', ({ data }) => {
    for (const [, task] of JSON.parse(data)) rows.set(task.id, task);
  });
  events.addEventListener('live', show);
  events.addEventListener('commit', ({ data }) => {
    for (const { action, object } of JSON.parse(data).events)
      action === 'delete' ? rows.delete(object.id) : rows.set(object.id, object);
    show();
  });
</script>
`;
