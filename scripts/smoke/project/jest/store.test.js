const scenario = require('../scenario.cjs');

test('the package works in jest', () =>
  scenario({
    main: require('swarmstate'),
    cache: require('swarmstate/cache'),
    files: require('swarmstate/files'),
    kv: require('swarmstate/kv'),
    loops: require('swarmstate/loops'),
    proto: require('swarmstate/proto'),
    resources: require('swarmstate/resources'),
    testing: require('swarmstate/testing'),
  }));
