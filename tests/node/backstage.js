'use strict';

// What a Backstage backend does with the AWS Proton plug-in: its router under a path, its action in a template's run.

const { once } = require('node:events');
const { ConfigReader } = require('@backstage/config');
const plugin = require('@aws/aws-proton-backend-plugin-for-backstage');
const express = require('express');

const logger = { debug() {}, info() {}, warn() {}, error() {} };

async function main({ workspace, input, arn }) {
  const config = new ConfigReader({});
  const answer = { outputs: {} };

  const action = plugin.createAwsProtonServiceAction({ config });
  answer.action = action.id;
  const output = (name, value) => { answer.outputs[name] = value; };
  await action.handler({ workspacePath: workspace, input, logger, output });

  const app = express();
  app.use('/aws-proton-backend', await plugin.createRouter({ logger, config }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const get = async path => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/aws-proton-backend/${path}`);
    return { status: response.status, body: await response.json() };
  };
  const about = of => `arn=${encodeURIComponent(of)}`;
  answer.health = await get('health');
  answer.service = await get(`service?${about(arn)}`);
  answer.instances = await get(`serviceInstances?${about(arn)}`);
  answer.unknown = await get(`service?${about(`${arn}-not`)}`);
  server.close();
  return answer;
}

main(JSON.parse(process.argv[2])).then(
  answer => { console.log(JSON.stringify(answer)); process.exit(0); },
  error => { console.error(error); process.exit(1); },
);
