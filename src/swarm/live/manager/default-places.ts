import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { SwarmError } from '../../../errors/swarm-error.ts';

/** The machine as the search for a manager sees it. Tests give their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The user's number; undefined on Windows. */
  readonly uid: number | undefined;
  exists(path: string): boolean;
  /** The text of a file; undefined where it cannot be read. */
  read(path: string): string | undefined;
}

const ownSurroundings: Surroundings = {
  env: process.env,
  home: homedir(),
  uid: process.getuid?.(),
  exists: existsSync,
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
};

/** The folders of a Docker daemon. */
interface DaemonFolders {
  /** Sockets, with `swarm/control.sock` in it. */
  readonly run: string;
  /** Data, with the folder `swarm` of the state in it. */
  readonly data: string;
}

const CONTROL_SOCKET = 'swarm/control.sock';
const ROOT_CERTIFICATE = 'swarm/certificates/swarm-root-ca.crt';

/**
 * The control socket of the manager on this machine. The daemon that DOCKER_HOST names comes first, then a rootless
 * daemon of this user, then the system's. Throws `ERR_SWARM_NOT_A_MANAGER` where there is none.
 */
export function findControlSocket(around: Surroundings = ownSurroundings): string {
  const { DOCKER_HOST: host } = around.env;
  if (host !== undefined && host !== '') return socketBeside(host, around);
  const places = daemonsOf(around).map(({ run }) => join(run, CONTROL_SOCKET));
  const found = places.find((path) => around.exists(path));
  if (found !== undefined) return found;
  throw new SwarmError(
    'ERR_SWARM_NOT_A_MANAGER',
    `there is no control socket of a swarm manager at ${places.join(', ')}. ` +
      'Run this on a manager node (docker swarm init, docker node promote) with access to these folders, ' +
      'or name the socket or host:2377 as target',
    {},
  );
}

/** The file with the root certificate of the swarm whose control socket has that path, as far as the path tells. */
export function rootCertificateOf(socket: string, around: Surroundings = ownSurroundings): string | undefined {
  const daemons = [...daemonsOf(around), ...otherUsersDaemon(socket)];
  const own = daemons.find(({ run }) => join(run, CONTROL_SOCKET) === socket || sameRun(run, socket));
  return own === undefined ? undefined : join(own.data, ROOT_CERTIFICATE);
}

/** `/var/run` is a link to `/run`. */
function sameRun(run: string, socket: string): boolean {
  return join(run, CONTROL_SOCKET).replace(/^\/var\/run\//, '/run/') === socket.replace(/^\/var\/run\//, '/run/');
}

/** Rootless daemons come first: a user who runs one means that one. */
function daemonsOf(around: Surroundings): DaemonFolders[] {
  const { env, home, uid } = around;
  const runtime = env['XDG_RUNTIME_DIR'] ?? (uid === undefined ? undefined : `/run/user/${uid}`);
  const rootless: DaemonFolders[] =
    runtime === undefined || uid === 0
      ? []
      : [
          configured(join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'docker/daemon.json'), around, {
            run: join(runtime, 'docker'),
            data: join(env['XDG_DATA_HOME'] ?? join(home, '.local/share'), 'docker'),
          }),
        ];
  return [
    ...rootless,
    configured('/etc/docker/daemon.json', around, { run: '/run/docker', data: '/var/lib/docker' }),
    { run: '/var/run/docker', data: '/var/lib/docker' },
  ];
}

/** The folders that the configuration of a daemon names, else the usual ones. */
function configured(path: string, around: Surroundings, usual: DaemonFolders): DaemonFolders {
  try {
    const settings = JSON.parse(around.read(path) ?? '{}') as Readonly<Record<string, unknown>>;
    const text = (name: string): string | undefined =>
      typeof settings[name] === 'string' ? settings[name] : undefined;
    return { run: text('exec-root') ?? usual.run, data: text('data-root') ?? usual.data };
  } catch {
    return usual;
  }
}

/** Root may follow the rootless daemon of a user; the home folder is then not known. */
function otherUsersDaemon(socket: string): DaemonFolders[] {
  const run = /^(\/run\/user\/\d+\/docker)\//.exec(socket)?.[1];
  return run === undefined ? [] : [{ run, data: join(homedir(), '.local/share/docker') }];
}

/** The control socket of the daemon whose API is at `host`: both sockets are below one folder. */
function socketBeside(host: string, around: Surroundings): string {
  const path = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (path === undefined) {
    throw new SwarmError(
      'ERR_SWARM_NOT_A_MANAGER',
      `DOCKER_HOST is ${host}, whose swarm has its managers elsewhere; name one as target: ` +
        'host:2377, with the options cert and key of a manager, or unset DOCKER_HOST for the manager on this machine',
      {},
    );
  }
  const socket = join(dirname(path), 'docker', CONTROL_SOCKET);
  if (around.exists(socket)) return socket;
  throw new SwarmError(
    'ERR_SWARM_NOT_A_MANAGER',
    `DOCKER_HOST is ${host}, and there is no control socket at ${socket}: ` +
      'this node is no swarm manager (docker swarm init, docker node promote), ' +
      'or its daemon has another exec-root; then name EXEC_ROOT/swarm/control.sock as target',
    { target: socket },
  );
}
