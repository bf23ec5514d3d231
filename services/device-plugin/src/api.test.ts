import { fileURLToPath } from 'node:url';
import { fromJSON, loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { describe, expect, it } from '@jest/globals';
import { API_DESCRIPTOR } from './api-descriptor.ts';
import { devicePluginService, LOADER_OPTIONS, registrationService } from './api.ts';

const file = loadSync(fileURLToPath(new URL('../proto/deviceplugin-v1beta1.proto', import.meta.url)), LOADER_OPTIONS);

describe('the API in the bundle', () => {
  it.each([
    ['Registration', registrationService],
    ['DevicePlugin', devicePluginService],
  ])('%s is the one of the proto file: methods, messages, numbers', (name, service) => {
    const written = file[`v1beta1.${name}`] as unknown as typeof service;
    expect(Object.keys(service)).toEqual(Object.keys(written));
    for (const [method, { path, requestStream, responseStream }] of Object.entries(written)) {
      expect(service[method]).toMatchObject({ path, requestStream, responseStream });
    }
  });

  it('describes every message with the same names, numbers and types', () => {
    const messages = (definition: PackageDefinition) =>
      Object.fromEntries(Object.entries(definition).flatMap(([name, entry]) => ('format' in entry ? [[name, entry.type]] : [])));
    const written = messages(file);
    expect(Object.keys(written)).toHaveLength(20);
    expect(messages(fromJSON(API_DESCRIPTOR, LOADER_OPTIONS))).toEqual(written);
  });

  it('writes the bytes that the field numbers ask for', () => {
    const request = { version: 'v1beta1', endpoint: 'a.sock', resource_name: 'x/y', options: { pre_start_required: true } };
    const bytes = registrationService.Register?.requestSerialize(request);
    // Each field: number << 3 | wire type 2 (length-delimited), length, content. 0x08 0x01 is field 1 = true.
    const field = (number: number, content: string) => Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), Buffer.from(content, 'latin1')]);
    expect(bytes).toEqual(Buffer.concat([field(1, 'v1beta1'), field(2, 'a.sock'), field(3, 'x/y'), field(4, '\x08\x01')]));
  });
});
