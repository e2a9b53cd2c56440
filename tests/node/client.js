'use strict';

// @aws-sdk/client-proton against an endpoint that only the environment names: one environment, from its creation to its end.

const proton = require('@aws-sdk/client-proton');

async function main({ environment, template, role, page }) {
  const client = new proton.ProtonClient({});
  const spec = label => `proton: EnvironmentSpec\nspec: {label: ${label}}\n`;
  const answer = {};
  const waiting = { client, minDelay: 1, maxDelay: 2, maxWaitTime: 120 };

  const created = await client.send(new proton.CreateEnvironmentCommand({
    name: environment,
    templateName: template,
    templateMajorVersion: '1',
    protonServiceRoleArn: role,
    spec: spec('from JavaScript'),
    tags: [{ key: 'made-by', value: 'javascript' }],
  }));
  answer.created = created.environment.deploymentStatus;
  answer.createdAt = created.environment.createdAt instanceof Date;
  answer.waited = (await proton.waitUntilEnvironmentDeployed(waiting, { name: environment })).state;
  const { outputs } = await client.send(new proton.ListEnvironmentOutputsCommand({ environmentName: environment }));
  answer.outputs = Object.fromEntries(outputs.map(output => [output.key, output.valueString]));

  answer.pages = 0;
  answer.listed = [];
  for await (const found of proton.paginateListEnvironments({ client, pageSize: page }, {})) {
    answer.pages += 1;
    answer.listed.push(...found.environments.map(each => each.name));
  }

  await client.send(new proton.DeleteEnvironmentCommand({ name: environment }));
  answer.refused = [];
  for (const command of [
    new proton.DeleteEnvironmentTemplateCommand({ name: template }),
    new proton.GetEnvironmentCommand({ name: 'no-such-thing' }),
    new proton.ListEnvironmentsCommand({ nextToken: 'bm8=' }),
  ]) {
    try {
      await client.send(command);
    } catch (error) {
      answer.refused.push([error.name, error.$metadata.httpStatusCode, error instanceof proton.ProtonServiceException]);
    }
  }
  return answer;
}

main(JSON.parse(process.argv[2])).then(
  answer => console.log(JSON.stringify(answer)),
  error => { console.error(error); process.exit(1); },
);
