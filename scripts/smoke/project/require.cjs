const scenario = require('./scenario.cjs');

const entries = {
  main: require('swarmstate'),
  cache: require('swarmstate/cache'),
  files: require('swarmstate/files'),
  kv: require('swarmstate/kv'),
  loops: require('swarmstate/loops'),
  proto: require('swarmstate/proto'),
  resources: require('swarmstate/resources'),
  testing: require('swarmstate/testing'),
};

scenario(entries).then(() => console.log('works'));
