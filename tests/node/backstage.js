'use strict';

// What a Backstage backend does with the AWS Proton plug-in: its router under a path, its action in a template's run. What
// it may not do is tried beside it, with the same credentials.

const { once } = require('node:events');
const { ProtonClient, ProtonServiceException, UpdateServiceTemplateVersionCommand } = require('@aws-sdk/client-proton');
const { ConfigReader } = require('@backstage/config');
const plugin = require('@aws/aws-proton-backend-plugin-for-backstage');
const express = require('express');

const logger = { debug() {}, info() {}, warn() {}, error() {} };

async function main({ workspace, input, arn, publish }) {
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
  answer.publishing = await new ProtonClient({}).send(new UpdateServiceTemplateVersionCommand(publish)).then(
    () => 'it may',
    error => [error.name, error.message, error.$metadata.httpStatusCode, error instanceof ProtonServiceException],
  );
  return answer;
}

main(JSON.parse(process.argv[2])).then(
  answer => { console.log(JSON.stringify(answer)); process.exit(0); },
  error => { console.error(error); process.exit(1); },
);
